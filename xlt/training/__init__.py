"""Fine-tuning: a loop whose order and noise are functions of the step, and checkpoints that are whole."""
