"""An encoder that an operator brings: a folder of a model that gives texts of like meaning vectors that lie near.

Two kinds of folders are read, both as their makers publish them: `tokenizer.json` with `model.onnx`, a transformer
whose token vectors are averaged (Sentence-BERT, Reimers and Gurevych, 2019), or with `model.safetensors`, one vector
for each token (model2vec, static embeddings of sentence-transformers). Nothing is ever downloaded.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.errors import Invalid, TwicetoldError, Unavailable

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Vectors = NDArray[np.float32]

MOST_TOKENS = 256
"""What the common sentence encoders were trained on; the beginning of a text holds its news."""
_EXTRA = 'it needs what the extra `encoder` brings: pip install "twicetold[encoder]"'
_CHECK_SECONDS = 120.0


class ModelEncoder:
    """Implements `usecases.ports.Encoder`; the model is loaded with the first text, so never before a fork."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loading = threading.Lock()
        self._encode: Callable[[Sequence[str]], Vectors] | None = None

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """A unit vector for each text: float32[n, dimensions]; of a text without tokens it is zero.

        Raises `Unavailable` where the model is not there any more: whoever asks has done nothing wrong.
        """
        try:
            vectors = self.load()(texts)
        except Invalid as missing:
            raise Unavailable(f"the encoder of related stories cannot be loaded: {missing}") from missing
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)

    def load(self) -> Callable[[Sequence[str]], Vectors]:
        """The model, as a function of texts. Raises `Invalid`, which says what is wrong with it."""
        if self._encode is None:
            with self._loading:
                self._encode = self._encode or _loaded(self._folder)
        return self._encode


def check(folder: Path) -> None:
    """Load an encoder and try it, in a process of its own: a broken model can end the one that loads it.

    Raises `Invalid`, which says what is wrong.
    """
    try:
        tried = subprocess.run(  # noqa: S603  # this program
            [sys.executable, "-c", "import sys; from twicetold.encoder import main; main(sys.argv[1])", str(folder)],
            capture_output=True, text=True, check=False, timeout=_CHECK_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Invalid(f"TWICETOLD_ENCODER: the model gave no vector within {_CHECK_SECONDS:.0f} seconds") from None
    if tried.returncode:
        said = tried.stdout.strip().splitlines()
        raise Invalid(f"TWICETOLD_ENCODER: {said[-1] if said else 'the model in the folder cannot be run'}")


def main(folder: str) -> None:
    """Try the model in a folder; writes what is wrong with it and exits with 1, if anything is."""
    try:
        encoder = ModelEncoder(Path(folder))
        encoder.load()
        vectors = encoder.vectors(["The harbour froze on Monday.", ""])
    except TwicetoldError as refused:
        _refuse(str(refused))
    if not np.isfinite(vectors).all() or not vectors[0].any():
        _refuse("the model gives no vector for a sentence")


def _refuse(reason: str) -> None:
    sys.stdout.write(reason)
    sys.exit(1)


def _loaded(folder: Path) -> Callable[[Sequence[str]], Vectors]:
    found = [name for name in ("model.onnx", "model.safetensors") if (folder / name).is_file()]
    if not found or not (folder / "tokenizer.json").is_file():
        raise Invalid("it must name a folder with tokenizer.json and model.onnx or model.safetensors")
    try:
        tokenizer = _tokenizer(folder / "tokenizer.json")
        kind = _transformer if found[0] == "model.onnx" else _static
        return kind(folder / found[0], tokenizer)
    except ImportError:
        raise Invalid(_EXTRA) from None
    except Invalid:
        raise
    except Exception as error:  # these libraries raise what they like
        raise Invalid(f"{found[0]} or tokenizer.json cannot be read ({type(error).__name__})") from error


def _tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer  # noqa: PLC0415  # of an extra

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def _encoded(tokenizer: Tokenizer, texts: Sequence[str], *, marks: bool) -> list[Encoding]:
    """One after the other: `encode_batch` starts threads of its own, as many as there are processors."""
    return [tokenizer.encode(text, add_special_tokens=marks) for text in texts]


def _static(path: Path, tokenizer: Tokenizer) -> Callable[[Sequence[str]], Vectors]:
    from safetensors.numpy import load_file  # noqa: PLC0415  # of an extra

    tensors = load_file(path)
    tables = [tensor for tensor in tensors.values() if tensor.ndim == 2]  # a vector for each token
    if len(tables) != 1:
        raise Invalid("model.safetensors must hold one table, a vector for each token")
    table, rows = tables[0], tensors.get("mapping")
    weights = tensors.get("weights")
    size = len(table) if rows is None else len(rows)
    if tokenizer.get_vocab_size() > size:
        raise Invalid("model.safetensors has fewer vectors than tokenizer.json has tokens")

    def vector(ids: Sequence[int]) -> Vectors:
        at = np.asarray(ids, np.intp)
        each = table[at if rows is None else rows[at]].astype(np.float32)
        if weights is not None:
            each *= weights[at, None]
        return np.asarray(each.mean(axis=0) if len(at) else np.zeros(table.shape[1]), np.float32)

    return lambda texts: np.stack([vector(one.ids) for one in _encoded(tokenizer, texts, marks=False)])


def _transformer(path: Path, tokenizer: Tokenizer) -> Callable[[Sequence[str]], Vectors]:
    import onnxruntime  # noqa: PLC0415  # of an extra

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a server has threads enough
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = {each.name for each in session.get_inputs()}
    if not {"input_ids", "attention_mask"} <= names <= {"input_ids", "attention_mask", "token_type_ids"}:
        raise Invalid("model.onnx must take input_ids and attention_mask")

    def vector(one: Encoding) -> Vectors:
        given = {"input_ids": one.ids, "attention_mask": one.attention_mask, "token_type_ids": one.type_ids}
        inputs = {name: np.asarray([given[name]], np.int64) for name in names}
        output = np.asarray(session.run(None, inputs)[0][0], np.float32)
        return np.asarray(output if output.ndim == 1 else output.mean(axis=0), np.float32)

    # One after the other, too: texts of one length each need no padding, and memory stays that of one.
    return lambda texts: np.stack([vector(one) for one in _encoded(tokenizer, texts, marks=True)])
