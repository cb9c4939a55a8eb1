"""Check of what only a GPU can show: numbers, memory, speed, several processes; CPUs take what makes sense there."""
