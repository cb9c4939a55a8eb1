"""The folder that is published: exactly its files, and a sentence for whatever may not be there."""

import hashlib
import json
import shutil

import pytest
from finished_run import contents, rewrite
from hub_server import TOKEN

from xlt.cli.verify import verify
from xlt.models.safety import ForeignRefused, check_folder
from xlt.publication.export_folder import ExportRefused, export


def test_the_manifest_holds_every_file(run):
    folder = export(run)
    lines = [line.split("  ") for line in (folder / "MANIFEST").read_text().splitlines()]
    found = {
        name: hashlib.sha256(content).hexdigest() for name, content in contents(folder).items()
    }
    del found["MANIFEST"]
    assert {name: digest for digest, name in lines} == found


def test_the_verb_verify_checks_an_export(run, capsys):
    folder = export(run)
    verify(folder)
    assert "8 files of a published model\nAll files are" in capsys.readouterr().out
    with (folder / "config.json").open("a") as file:
        file.write(" ")
    (folder / "vocab.json").unlink()
    with pytest.raises(ValueError, match="vocab.json is missing") as caught:
        verify(folder)
    assert "config.json is not what was published" in str(caught.value)
    (folder / "MANIFEST").write_text(f"{'0' * 64}  ../record.json\n")
    with pytest.raises(ValueError, match="not a list of hashes of the files beside it: ../record"):
        verify(folder)


def test_an_export_is_the_same_twice_and_leaves_nothing_behind(run):
    first = contents(export(run))
    (run / "export/left-over.txt").write_text("x")
    assert contents(export(run)) == first
    assert not [p for p in run.iterdir() if p.name.startswith(".")]


def _pickle(run):
    (run / "model/pytorch_model.bin").write_bytes(b"\x80\x04.")


def _arguments(run):
    (run / "model/training_args.bin").write_bytes(b"\x80\x04.")


def _folder(run):
    (run / "model/checkpoint-9").mkdir()


def _link(run):
    (run / "transcripts/x.tsv").symlink_to("/etc/hostname")


def _no_weights(run):
    (run / "model/model.safetensors").unlink()


def _no_vocabulary(run):
    (run / "model/vocab.json").unlink()


def _no_model(run):
    shutil.rmtree(run / "model")


def _edited(run):
    with (run / "model/model.safetensors").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x7f")


def _foreign_code(run):
    path = run / "model/config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"auto_map": {}}))
    rewrite(run, files={})  # else the changed file is what is noticed


def _secret(run):
    (run / "transcripts/y.tsv").write_text(f"1\t{TOKEN}\t\n")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_pickle, r"pytorch_model.bin may not be part"),
        (_arguments, r"training_args.bin may not be part"),
        (_folder, r"checkpoint-9 may not be part"),
        (_link, r"x.tsv may not be part"),
        (_no_weights, r"lacks model.safetensors"),
        (_no_vocabulary, r"lacks vocab.json"),
        (_no_model, r"has no model folder"),
        (_edited, r"model.safetensors is not the file that the run wrote"),
        (_foreign_code, r"auto_map"),
        (_secret, r"transcripts/y.tsv holds what looks like a credential"),
    ],
)
def test_what_may_not_be_published_is_named(run, spoil, message):
    good = contents(export(run, with_transcripts=True))
    spoil(run)
    with pytest.raises(ExportRefused, match=message):
        export(run, with_transcripts=True)
    assert contents(run / "export") == good


CODE = [
    {"auto_map": {}},
    {"quantization_config": {}},
    {"vision_config": {"custom_generate": "x"}},
    {"_attn_implementation": "somebody/kernel"},
    {"__reduce__": []},
]


@pytest.mark.parametrize("added", CODE, ids=lambda added: next(iter(added)))
def test_nothing_is_published_that_would_not_be_opened(run, added):
    path = run / "model/config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | added))
    rewrite(run, files={})
    with pytest.raises(ForeignRefused, match="asks transformers to run code from elsewhere"):
        check_folder(run / "model")
    with pytest.raises(ExportRefused, match="would make a reader run code from elsewhere"):
        export(run)
