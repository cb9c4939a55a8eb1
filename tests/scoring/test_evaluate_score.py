"""The metric that `evaluate.load` opens: offline, and counting as jiwer does.

Also tests: xlt/scoring/evaluate_score/evaluate_score.py
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import jiwer
import pytest

import xlt

FOLDER = Path(xlt.__file__).parent / "scoring" / "evaluate_score"
REFERENCES = ["el sol sale", "la casa es grande", "uno"]
HYPOTHESES = ["el col sale", "la casa grande", ""]
SCRIPT = """
import json, sys
sys.modules["transformers"] = None  # evaluate would import it, for other metrics: ten seconds
import evaluate
del sys.modules["transformers"]
folder, references, hypotheses = json.loads(sys.argv[1])
metric = evaluate.load(folder)
print(json.dumps(metric.compute(predictions=hypotheses, references=references)))
"""


@pytest.mark.slow
def test_evaluate_loads_it_offline_and_counts_as_jiwer_does(tmp_path):
    offline = {"HF_HUB_OFFLINE": "1", "HF_EVALUATE_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps([str(FOLDER), REFERENCES, HYPOTHESES])],
        env=os.environ | offline | {"PYTHONPATH": str(FOLDER.parents[2])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["wer"] == jiwer.wer(REFERENCES, HYPOTHESES) == 3 / 8
    assert result["cer"] == jiwer.cer(REFERENCES, HYPOTHESES)
    assert result["words"] == {
        "hits": 5,
        "substitutions": 1,
        "deletions": 2,
        "insertions": 0,
        "reference": 8,
    }
