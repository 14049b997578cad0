"""Encoders that operators bring: a static model from the package index, and a small transformer made here."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from twicetold import encoder
from twicetold.domain.errors import Invalid, Unavailable
from twicetold.encoder import MOST_TOKENS, ModelEncoder, check

WORDS = ["[UNK]", "ice", "harbour", "frost", "shares", "rose"]
TABLE = np.array([[0, 0, 0], [1, 0, 0], [1, 0.2, 0], [0.9, 0.1, 0], [0, 0, 1], [0, 0.1, 1]], np.float32)


def save_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


@pytest.fixture
def static(tmp_path: Path) -> Path:
    save_tokenizer(tmp_path)
    save_file({"embeddings": TABLE}, tmp_path / "model.safetensors")
    return tmp_path


@pytest.fixture
def transformer(tmp_path: Path) -> Path:
    """A model that looks each token up and takes it as often as the mask says."""
    save_tokenizer(tmp_path)
    helper, number = onnx.helper, onnx.TensorProto
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["looked_up"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=number.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide_mask"]),
        helper.make_node("Mul", ["looked_up", "wide_mask"], ["last_hidden_state"]),
    ]
    inputs = [
        helper.make_tensor_value_info(name, number.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("last_hidden_state", number.FLOAT, ["texts", "tokens", 3])
    constants = [onnx.numpy_helper.from_array(TABLE, "table"), onnx.numpy_helper.from_array(np.array([-1]), "last")]
    graph = helper.make_graph(nodes, "lookup", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, tmp_path / "model.onnx")
    return tmp_path


@pytest.mark.parametrize("kind", ["static", "transformer"])
def test_texts_of_like_words_are_near_and_vectors_have_length_one(kind, request):
    vectors = ModelEncoder(request.getfixturevalue(kind)).vectors(["harbour ice", "frost", "shares rose"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1])
    assert vectors[0] @ vectors[1] > 0.9 > 0.1 > vectors[0] @ vectors[2]


@pytest.mark.parametrize("kind", ["static", "transformer"])
def test_a_text_is_read_up_to_so_many_tokens(kind, request):
    encoder = ModelEncoder(request.getfixturevalue(kind))
    long = "ice " * MOST_TOKENS
    assert np.array_equal(encoder.vectors([long]), encoder.vectors([long + "shares " * 9]))


def test_a_text_without_tokens_is_near_to_none(static):
    assert ModelEncoder(static).vectors([""]).tolist() == [[0, 0, 0]]


def test_tokens_that_share_vectors_and_weigh_differently_are_read_so(static):
    save_file(
        {
            "embeddings": TABLE[[1, 4]],
            "mapping": np.array([0, 0, 0, 0, 1, 1]),
            "weights": np.float32([1, 1, 1, 1, 9, 1]),
        },
        static / "model.safetensors",
    )
    (vector,) = ModelEncoder(static).vectors(["ice shares"])
    assert vector.tolist() == pytest.approx([1 / 82**0.5, 0, 9 / 82**0.5])


def test_a_static_model_of_the_package_index_knows_what_is_alike(tmp_path):
    (package,) = importlib.util.find_spec("wordllama").submodule_search_locations
    shutil.copy(next(Path(package).glob("weights/*.safetensors")), tmp_path / "model.safetensors")
    shutil.copy(next(Path(package).glob("tokenizers/l2_supercat*.json")), tmp_path / "tokenizer.json")
    check(tmp_path)
    frozen, ice, shares = ModelEncoder(tmp_path).vectors(
        ["The harbour froze on Monday.", "Ice closed the port at the start of the week.", "Shares rose in Tokyo."]
    )
    assert frozen @ ice > 0.2 > frozen @ shares


def broken(folder: Path, fault: str) -> None:
    if fault == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    elif fault == "no model":
        (folder / "model.safetensors").unlink()
    elif fault == "a tokenizer that is none":
        (folder / "tokenizer.json").write_text(json.dumps({"model": 1}))
    elif fault == "a model that is none":
        (folder / "model.safetensors").write_bytes(b"\xff" * 100)
    elif fault == "too few vectors":
        save_file({"embeddings": TABLE[:2]}, folder / "model.safetensors")
    elif fault == "vectors that are no numbers":
        save_file({"embeddings": TABLE * np.nan}, folder / "model.safetensors")
    elif fault == "an onnx file that is none":
        (folder / "model.onnx").write_bytes(b"onnx")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("no tokenizer", "must name a folder with tokenizer.json"),
        ("no model", "must name a folder with tokenizer.json"),
        ("a tokenizer that is none", "cannot be read"),
        ("a model that is none", "cannot be read"),
        ("too few vectors", "fewer vectors"),
        ("vectors that are no numbers", "no vector for a sentence"),
        ("an onnx file that is none", "model.onnx or tokenizer.json cannot be read"),
    ],
)
def test_an_encoder_that_does_not_load_is_refused_with_a_reason(static, fault, told):
    broken(static, fault)
    with pytest.raises(Invalid, match=told) as refused:
        check(static)
    assert refused.value.detail.startswith("TWICETOLD_ENCODER: ")
    assert str(static) not in refused.value.detail


def test_a_model_of_other_inputs_is_refused(transformer):
    model = onnx.load(transformer / "model.onnx")
    model.graph.input[0].name = "pixels"
    model.graph.node[0].input[1] = "pixels"
    onnx.save(model, transformer / "model.onnx")
    with pytest.raises(Invalid, match="must take input_ids and attention_mask"):
        check(transformer)


def test_a_model_that_does_not_end_is_refused_with_a_reason(static, monkeypatch):
    monkeypatch.setattr(encoder, "_CHECK_SECONDS", 0.001)
    with pytest.raises(Invalid, match="TWICETOLD_ENCODER: the model gave no vector within"):
        check(static)


def test_a_model_that_is_not_there_any_more_is_no_fault_of_who_asks(static):
    asked = ModelEncoder(static)
    shutil.rmtree(static)
    with pytest.raises(Unavailable, match="cannot be loaded"):
        asked.vectors(["a text"])
