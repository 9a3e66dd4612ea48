#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes files as torch.save() does, and files that pretend to be such.

    make-torch-files.py FOLDER
    make-torch-files.py --convert MODEL.safetensors MODEL.ckpt

Needs Python's standard library alone. Pickles and archives are put together byte by byte, so that every one of them
can be wrong in just one way. What the malicious ones would do, were they run, is to make the file FOLDER/EXECUTED.
FOLDER/index.json says of each file what must come of it:

    good: [{file, tensors: [{name, dims, values}], facts: {key: text}}]
    bad:  [{file, says}]: part of the error's message
"""
import json
import pathlib
import pickle
import struct
import sys

# ---- pickles ----

STOP, MARK, EMPTY_TUPLE, REDUCE, NEWOBJ, BUILD, PERSID = b".", b"(", b")", b"R", b"\x81", b"b", b"Q"
TRUE, FALSE, NONE, DICT, LIST = b"\x88", b"\x89", b"N", b"}", b"]"


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def number(value):
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if -2**31 <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    raw = value.to_bytes(9 if value >= 2**63 else 8, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def named(module, name):
    return f"c{module}\n{name}\n".encode()


def tuple_of(*parts):
    return MARK + b"".join(parts) + b"t"


def dict_of(**entries):
    return pairs([(text(key), value) for key, value in entries.items()])


def pairs(entries):
    return DICT + MARK + b"".join(key + value for key, value in entries) + b"u"


def ordered(entries):
    return named("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE + MARK + b"".join(k + v for k, v in entries) + b"u"


def storage(kind="FloatStorage", key="0", n=12, place="cpu"):
    return tuple_of(text("storage"), named("torch", kind), text(key), text(place), number(n)) + PERSID


def tensor(dims=(3, 4), strides=None, first=0, of=None, more=FALSE + named("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE):
    if strides is None:
        strides = []
        for size in reversed(dims):
            strides.insert(0, strides[0] * last if strides else 1)
            last = size
    return (named("torch._utils", "_rebuild_tensor_v2") + tuple_of(
        of or storage(), number(first), tuple_of(*map(number, dims)), tuple_of(*map(number, strides)), more) + REDUCE)


def call(module, name, *arguments):
    return named(module, name) + tuple_of(*arguments) + REDUCE


def program(body, protocol=2):
    return b"\x80" + bytes([protocol]) + body + STOP


# ---- archives ----


class Entry:
    """One file of an archive; what its two heads say may be altered apart."""

    def __init__(self, name, data, **lies):
        self.name, self.data, self.lies = name, data, lies


def archive(entries, align=1, wide=False, prefix=b"", comment=b"", **lies):
    """@lies: count, size, begin: of the end record. An entry's: flags, method, size, packed, head, head_name, head_size,
    same_head: the directory points to the head of the entry before."""
    out, directory, last = bytearray(prefix), bytearray(), 0
    for entry in entries:
        name, lie = entry.name.encode("latin1"), entry.lies
        head, size = len(out), lie.get("size", len(entry.data))
        if lie.get("same_head"):
            head = last
        else:
            head_name = lie.get("head_name", entry.name).encode("latin1")
            pad = -(head + 30 + len(head_name) + 4) % align
            extra = b"FB" + struct.pack("<H", pad) + bytes(pad) if align > 1 else b""
            head_size = lie.get("head_size", len(entry.data))
            out += struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, lie.get("flags", 0), lie.get("method", 0), 0, 0, 0, head_size, head_size,
                               len(head_name), len(extra)) + head_name + extra + entry.data
            last = head
        head = lie.get("head", head)
        extra, short = lie.get("extra", b""), (lie.get("packed", size), size, head)
        if wide:
            extra = struct.pack("<HHQQQ", 1, 24, size, lie.get("packed", size), head)
            short = (0xffffffff, 0xffffffff, 0xffffffff)
        directory += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, lie.get("flags", 0), lie.get("method", 0), 0, 0, 0, short[0],
                                 short[1], len(name), len(extra), 0, lie.get("disk", 0), 0, 0, short[2]) + name + extra
    begin = len(out)
    out += directory
    count, size = lies.get("count", len(entries)), lies.get("size", len(directory))
    begin = lies.get("begin", begin)
    if wide:
        place = len(out)
        out += struct.pack("<4sQHHIIQQQQ", b"PK\6\6", lies.get("end64", 44), 45, 45, 0, 0, count, count, size, begin)
        out += struct.pack("<4sIQI", b"PK\6\7", 0, lies.get("locator", place), 1)
        count, size, begin = lies.get("short_count", 0xffff), 0xffffffff, 0xffffffff
    out += struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count & 0xffff, count & 0xffff, size, begin, len(comment)) + comment
    return bytes(out)


FLOATS = struct.pack("<12f", *range(12))


def torch_file(body, data=None, raw=False, folder="archive", protocol=2, **options):
    entries = [Entry(f"{folder}/data.pkl", body if raw else program(body, protocol))]
    entries += [Entry(f"{folder}/data/{key}", value) for key, value in (data or {"0": FLOATS}).items()]
    return archive(entries + [Entry(f"{folder}/version", b"3\n")], **options)


# ---- what must be read ----


def good():
    matrix = [{"name": "w", "dims": [3, 4], "values": list(range(12))}]
    one = dict_of(w=tensor())
    yield "plain.ckpt", torch_file(one), matrix, {}
    yield "aligned.pt", torch_file(one, align=64), matrix, {}
    yield "wide.bin", torch_file(one, wide=True), matrix, {}
    yield "comment.pt", torch_file(one, comment=b"PK\5\6" + bytes(30)), matrix, {}
    yield "protocol-3.pt", torch_file(one, protocol=3), matrix, {}
    # Sizes behind the data, as PyTorch's own writer has them.
    yield "descriptors.pt", archive([Entry("m/data.pkl", program(one), flags=0x808, head_size=0),
                                     Entry("m/data/0", FLOATS, flags=0x808, head_size=0)]), matrix, {}
    yield "byte-order.pt", archive([Entry("m/data.pkl", program(one)), Entry("m/byteorder", b"little"), Entry("m/data/0", FLOATS)]), matrix, {}

    # Protocol 4: frames, short texts, names from the stack, memo without numbers.
    def short(value):
        return b"\x8c" + bytes([len(value)]) + value.encode() + b"\x94"

    body = (DICT + b"\x94" + short("w") + short("torch._utils") + short("_rebuild_tensor_v2") + b"\x93\x94" + MARK + MARK + short("storage")
            + short("torch") + short("FloatStorage") + b"\x93\x94" + short("0") + short("cpu") + number(12) + b"t" + PERSID + number(0)
            + number(3) + number(4) + b"\x86" + number(4) + number(1) + b"\x86" + FALSE + DICT + b"t" + REDUCE + b"s")
    yield "protocol-4.pt", torch_file(b"\x95" + struct.pack("<Q", len(body)) + body, protocol=4), matrix, {}

    # A trainer's file: what is of use lies in state_dict; beside it are facts, and things that are nobody's business.
    trainer = dict_of(
        epoch=number(7), global_step=number(840000), name=text("the model"), negative=number(-3), long=number(2**62), longer=number(2**64),
        callbacks=pairs([(named("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint"),
                          dict_of(best=call("numpy.core.multiarray", "scalar", call("numpy", "dtype", text("f8"), number(0), number(1))
                                            + tuple_of(number(3), text("<")) + BUILD, call("_codecs", "encode", text("x"), text("latin1")))))]),
        optimizer_states=LIST + MARK + dict_of(state=pairs([(number(0), dict_of(exp_avg=tensor()))])) + b"e",
        none=NONE, yes=TRUE, half=b"G" + bytes(8), dtype=named("torch", "float16"), size=call("torch", "Size", tuple_of(number(1))),
        state_dict=ordered([(text("w"), tensor()), (text("b"), tensor((2,), first=3))]) + dict_of(_metadata=DICT) + BUILD)
    yield "trainer.ckpt", torch_file(trainer), matrix + [{"name": "b", "dims": [2], "values": [3, 4]}], {
        "epoch": "7", "global_step": "840000", "name": "the model", "negative": "-3", "long": str(2**62)}

    # An embedding: dictionaries in dictionaries, one of them a module; a name in use twice.
    module = named("torch.nn.modules.container", "ParameterDict") + EMPTY_TUPLE + NEWOBJ + dict_of(
        training=TRUE, _parameters=ordered([(text("*"), call("torch._utils", "_rebuild_parameter", tensor((2, 3)), TRUE, DICT))])) + BUILD
    yield "embedding.pt", torch_file(dict_of(string_to_token=dict_of(x=number(265)), string_to_param=module, name=text("dog"))), [
        {"name": "string_to_param.*", "dims": [2, 3], "values": list(range(6))}], {"name": "dog"}

    # Memo: a storage, and a name, in use several times.
    shared = (DICT + MARK + text("a") + named("torch._utils", "_rebuild_tensor_v2") + b"q\0" + MARK + storage() + b"q\1" + number(0)
              + tuple_of(number(2)) + b"r\1\1\0\0" + tuple_of(number(1)) + FALSE + DICT + b"t" + REDUCE
              + text("b") + b"h\0" + MARK + b"h\1" + number(10) + b"j\1\1\0\0" + tuple_of(number(1)) + FALSE + DICT + b"t" + REDUCE + b"u")
    yield "shared.pt", torch_file(shared), [{"name": "a", "dims": [2], "values": [0, 1]}, {"name": "b", "dims": [2], "values": [10, 11]}], {}

    # Types, a scalar, an empty tensor.
    kinds = [("DoubleStorage", "<2d"), ("FloatStorage", "<2f"), ("HalfStorage", "<2e"), ("LongStorage", "<2q"), ("IntStorage", "<2i"),
             ("ShortStorage", "<2h"), ("CharStorage", "<2b"), ("ByteStorage", "<2B"), ("BoolStorage", "<2B"), ("BFloat16Storage", "<2H")]
    values = {kind: (-3, 7) for kind, _ in kinds} | {"ByteStorage": (3, 7), "BoolStorage": (0, 1), "BFloat16Storage": (0x3f80, 0xc000)}
    data = {str(i): struct.pack(form, *values[kind]) for i, (kind, form) in enumerate(kinds)}
    body = dict_of(**{kind: tensor((2,), of=storage(kind, str(i), 2)) for i, (kind, _) in enumerate(kinds)},
                   scalar=tensor((), of=storage("FloatStorage", "1", 2), first=1), empty=tensor((0, 4), of=storage("FloatStorage", "e", 0)))
    yield "types.pt", torch_file(body, {**data, "e": b""}), [
        *({"name": kind, "dims": [2], "values": [1, -2] if kind == "BFloat16Storage" else list(values[kind])} for kind, _ in kinds),
        {"name": "scalar", "dims": [], "values": [7]}, {"name": "empty", "dims": [0, 4], "values": []}], {}

    # Numbers in another order than the shape's: transposed, a window, channels-last, steps of two; a dimension of 1 steps anyhow.
    body = dict_of(transposed=tensor((4, 3), (1, 4)), window=tensor((2, 2), (4, 1), first=5), steps=tensor((2, 3), (6, 2)),
                   last=tensor((2, 3, 1, 2), (6, 1, 6, 3)), one=tensor((1, 3), (999999, 1)))
    yield "scattered.pt", torch_file(body), [
        {"name": "transposed", "dims": [4, 3], "values": [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]},
        {"name": "window", "dims": [2, 2], "values": [5, 6, 9, 10]}, {"name": "steps", "dims": [2, 3], "values": [0, 2, 4, 6, 8, 10]},
        {"name": "last", "dims": [2, 3, 1, 2], "values": [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]},
        {"name": "one", "dims": [1, 3], "values": [0, 1, 2]}], {}
    # Python 2's: short strings, and a dictionary made of pairs.
    body = named("collections", "OrderedDict") + tuple_of(LIST + MARK + LIST + MARK + b"U\1w" + tensor() + b"e" + b"e") + REDUCE
    yield "python-2.pt", torch_file(body), matrix, {}
    # A list in itself, and one of 2^40 ends: nobody walks lists.
    many = LIST
    for i in range(40):
        many = LIST + MARK + many + b"q" + bytes([i]) + b"h" + bytes([i]) + b"e"
    yield "rings.pt", torch_file(dict_of(w=tensor(), ring=LIST + b"q\x63h\x63a", many=many)), matrix, {}


# ---- what must be refused ----


def malicious(target):
    """(name, body of a pickle, what the error says): programs that would make the file @target."""
    command = text(f"touch {target}")
    source = text(f"open({str(target)!r}, 'w')")
    yield "os-system", call("os", "system", command), "“os.system”"
    yield "posix-system", call("posix", "system", command), "“posix.system”"
    yield "nt-system", call("nt", "system", command), "“nt.system”"
    yield "eval", call("builtins", "eval", source), "“builtins.eval”"
    yield "exec-2", call("__builtin__", "exec", source), "“__builtin__.exec”"
    yield "getattr", call("builtins", "getattr", call("builtins", "__import__", text("os")), text("system")), "“builtins.getattr”"
    yield "import", call("builtins", "__import__", text("os")), "“builtins.__import__”"
    yield "apply", call("__builtin__", "apply", named("os", "system"), tuple_of(command)), "“__builtin__.apply”"
    yield "open", call("io", "open", text(str(target)), text("w")), "“io.open”"
    yield "popen", named("subprocess", "Popen") + tuple_of(command) + NEWOBJ, "“subprocess.Popen”"
    yield "runpy", call("runpy", "_run_code", source, DICT), "“runpy._run_code”"
    yield "pickle-again", call("pickle", "loads", text("cos\nsystem\n.")), "“pickle.loads”"
    yield "storage-again", call("torch.storage", "_load_from_bytes", text("x")), "“torch.storage._load_from_bytes”"
    yield "torch-load", call("torch", "load", text("x")), "“torch.load”"
    yield "hub", call("torch.hub", "load", text("x")), "“torch.hub.load”"
    yield "webbrowser", call("webbrowser", "open", text("http://localhost")), "“webbrowser.open”"
    yield "partial", call("functools", "partial", named("os", "system"), command), "“functools.partial”"
    yield "methodcaller", call("operator", "methodcaller", text("system"), command), "“operator.methodcaller”"
    yield "code", call("types", "CodeType"), "“types.CodeType”"
    yield "numpy-f2py", call("numpy.testing._private.utils", "runstring", source, DICT), "runstring"
    yield "rebuild-type", call("torch._tensor", "_rebuild_from_type_v2", named("os", "system"), named("os", "system"), tuple_of(command), NONE), \
        "“torch._tensor._rebuild_from_type_v2”"
    # A known name with more behind it, or in another module, is an unknown name.
    yield "longer-name", call("torch._utils", "_rebuild_tensor_v2.__globals__", command), "_rebuild_tensor_v2.__globals__”"
    yield "deeper-module", call("collections.OrderedDict", "fromkeys", command), "“collections.OrderedDict.fromkeys”"
    yield "other-module", call("evil", "_rebuild_tensor_v2", command), "“evil._rebuild_tensor_v2”"
    # Named and never called: not even that.
    yield "unused-name", dict_of(w=tensor(), x=named("os", "system")), "“os.system”"
    yield "in-state", dict_of(state_dict=dict_of(w=tensor()), hook=call("os", "system", command)), "“os.system”"
    yield "in-opaque", dict_of(w=tensor(), x=call("numpy", "dtype", call("os", "system", command))), "“os.system”"
    yield "as-hook", dict_of(w=tensor(more=FALSE + call("os", "system", command))), "“os.system”"
    yield "as-key", pairs([(call("os", "system", command), number(1)), (text("w"), tensor())]), "“os.system”"
    yield "as-storage", dict_of(w=tensor(of=tuple_of(text("storage"), named("os", "system"), text("0"), text("cpu"), number(12)) + PERSID)), "“os.system”"
    yield "from-stack", text("os") + text("system") + b"\x93" + tuple_of(command) + REDUCE, "“os.system”"
    yield "control-name", call("os\x1b[2J", "sys\x07tem", command), "“os\ufffd[2J.sys\ufffdtem”"
    yield "bad-utf8", b"c\xff\xfe\nsystem\n" + tuple_of(command) + REDUCE, ".system”"
    yield "long-name", call("a" * 5000, "b" * 5000, command), "aaa….bbb"
    # Instructions that PyTorch does not write.
    yield "inst", MARK + command + b"ios\nsystem\n", "instruction INST"
    yield "obj", MARK + b"N" + command + b"o", "instruction OBJ"
    yield "ext", b"\x82\1", "instruction EXT1"
    yield "ext-4", b"\x84\1\0\0\0", "instruction EXT4"
    yield "persid", b"P0\n", "instruction PERSID"
    yield "newobj-ex", named("collections", "OrderedDict") + EMPTY_TUPLE + DICT + b"\x92", "instruction NEWOBJ_EX"
    yield "buffer", b"\x97", "instruction NEXT_BUFFER"
    yield "int", b"I5\n", "instruction INT"
    # Calling what is no function, and giving a state to what has none.
    yield "call-tensor", tensor() + tuple_of(command) + REDUCE, "wants to call something"
    yield "call-opaque", call("_codecs", "encode", text("x")) + tuple_of(command) + REDUCE, "wants to call something"
    yield "call-text", command + EMPTY_TUPLE + REDUCE, "wants to call something"
    yield "call-dict", named("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE + EMPTY_TUPLE + REDUCE, "wants to call something"
    nested = named("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE
    for _ in range(50):
        nested = named("_codecs", "encode") + tuple_of(nested) + REDUCE
    yield "call-deep", nested + EMPTY_TUPLE + REDUCE, "wants to call something"
    yield "call-storage-class", call("torch", "FloatStorage", number(1 << 40)), "wants to make data by itself"
    yield "no-arguments", named("collections", "OrderedDict") + NONE + REDUCE, "arguments are missing"
    yield "state-of-name", named("collections", "OrderedDict") + DICT + BUILD, "can have none"
    yield "state-of-tensor", tensor() + dict_of(__class__=text("os")) + BUILD, "can have none"


def damaged():
    """(name, body, what the error says): pickles that are broken, or larger than they may be."""
    one = dict_of(w=tensor())
    yield "nothing", b"", "not the end of all it began"
    yield "no-dict", number(5), "no list of named tensors"
    yield "a-list", LIST + tensor() + b"a", "no list of named tensors"
    yield "single", tensor(), "single tensor"
    yield "no-tensors", dict_of(a=number(1)), "no named tensors"
    yield "empty-state", dict_of(w=tensor(), state_dict=DICT), "no named tensors"
    yield "two-results", one + one, "not the end of all it began"
    yield "open-mark", MARK + one, "not the end of all it began"
    yield "underflow", b"R", "a value is missing"
    yield "over-mark", DICT + text("a") + MARK + b"s", "a value is missing"
    yield "no-mark", DICT + b"u", "a mark is missing"
    yield "odd-items", DICT + MARK + text("a") + b"u", "a key has no value"
    yield "fill-number", number(1) + MARK + text("a") + number(2) + b"u", "no container"
    yield "fill-other", LIST + MARK + text("a") + number(2) + b"u", "no container"
    yield "memo-hole", b"h\5", "never there"
    yield "long-memo-hole", b"j\xff\xff\xff\xff", "never there"
    yield "memo-bomb", NONE + b"r\xff\xff\xff\xff", "more values than any model"
    yield "text-bomb", b"X\xff\xff\xff\xff" + b"abc", "ends too early"
    yield "text-bomb-8", b"\x8d" + b"\xff" * 8 + b"abc", "ends too early"
    yield "bytes-bomb", b"\x8e" + b"\xff" * 7 + b"\x7f" + b"abc", "ends too early"
    yield "frame-bomb", b"\x95" + b"\xff" * 8, "ends too early"
    yield "line-bomb", b"c" + b"a" * 100, "a name does not end"
    yield "stack-bomb", NONE * 70000, "more values at a time"
    yield "mark-bomb", MARK * 70000, "more values at a time"
    yield "memo-stack-bomb", NONE + b"q\0" + b"h\0" * 70000, "more values at a time"
    yield "value-bomb", (MARK + NONE * 60000 + b"t") * 20, "more values than any model"
    yield "item-bomb", LIST + b"q\1" + NONE + b"q\0" + (b"h\1" + MARK + b"h\0" * 60000 + b"e") * 20, "more values than any model"
    # A dictionary in itself; one of 12^7 ends; one that is 47 deep.
    yield "ring", DICT + b"q\0" + text("x") + b"h\0" + b"s", "more values than any model"
    inner = dict_of(w=tensor())
    for i in range(7):
        inner = pairs([(text("0"), inner + b"q" + bytes([i]))] + [(text(f"{j}"), b"h" + bytes([i])) for j in range(1, 12)])
    yield "laughs-wide", inner, "more values than any model"
    for i in range(40):
        inner = dict_of(x=inner)
    yield "laughs-deep", inner, "dictionaries in dictionaries"
    yield "long-name-key", dict_of(**{"x" * 2000: tensor()}), "more letters in a name"
    yield "names-bomb", dict_of(first=pairs([(text("k" * 1000) + b"q\0", tensor() + b"q\1")]),
                                rest=pairs([(text(f"{i}"), pairs([(b"h\0", b"h\1")])) for i in range(20000)])), "more letters in names"
    yield "twice", pairs([(text("w"), tensor()), (text("w"), tensor())]), "two tensors “w”"
    yield "twice-joined", pairs([(text("a.b"), tensor()), (text("a"), dict_of(b=tensor()))]), "two tensors “a.b”"
    yield "persistent-text", text("storage") + PERSID, "reference to data"
    yield "persistent-short", tuple_of(text("storage"), named("torch", "FloatStorage"), text("0")) + PERSID, "reference to data"
    yield "persistent-module", tuple_of(text("module"), named("torch", "FloatStorage"), text("0"), text("cpu"), number(12)) + PERSID, "reference to data"
    yield "persistent-class", tuple_of(text("storage"), named("torch", "Size"), text("0"), text("cpu"), number(12)) + PERSID, "reference to data"
    yield "persistent-minus", dict_of(w=tensor(of=storage(n=-12))), "reference to data"
    yield "persistent-huge", dict_of(w=tensor(of=storage(n=2**64))), "reference to data"
    yield "unknown-op", b"\xfe", "no instruction 0xfe"
    # Tensors that lie about what they are made of.
    for name, made, says in [
            ("beyond", tensor((4, 4)), "leaves the data"), ("beyond-first", tensor((3, 4), first=1), "leaves the data"),
            ("first-beyond", tensor((0,), first=13), "leaves the data"), ("repeated", tensor((1000000, 12), (0, 1)), "leaves the data"),
            ("overlapping", tensor((6, 6), (1, 1)), "leaves the data"), ("overlapping-2", tensor((2, 4), (3, 1)), "leaves the data"),
            ("steps-out", tensor((2, 4), (9, 1)), "leaves the data"), ("huge-stride", tensor((2, 2), (2**62, 2**62)), "leaves the data"),
            ("wrapping-stride", tensor((5, 1), (2**62, 1)), "leaves the data"), ("huge", tensor((2**62, 2**62), (1, 1)), "more than 2^64"),
            ("huge-2", tensor((2**62, 4), (1, 1)), "more than 2^64"), ("minus-size", tensor((-1,), (1,)), "not a whole number"),
            ("minus-stride", tensor((2,), (-1,)), "not a whole number"), ("minus-first", tensor((2,), first=-1), "not described"),
            ("dims", tensor((1,) * 9), "9 dimensions"), ("ragged", tensor((3, 4), (1,)), "not described"),
            ("big-size", tensor((2**64,), (1,)), "not a whole number"),
            ("meta", tensor(more=FALSE + DICT + dict_of(conj=TRUE)), "properties of its own"),
            ("no-storage", tensor(of=text("0")), "not described"), ("half-described", call("torch._utils", "_rebuild_tensor_v2", storage()), "not described"),
            ("parameter", call("torch._utils", "_rebuild_parameter", number(1)), "is not a tensor"), ("size", call("torch", "Size", number(1)), "not a list of numbers"),
            ("pairs", call("collections", "OrderedDict", LIST + MARK + tuple_of(text("a")) + b"e"), "not made of pairs"),
            ("dict-of", call("collections", "OrderedDict", number(1)), "not made as PyTorch does")]:
        yield "tensor-" + name, dict_of(w=made), says


def bad(target):
    one = program(dict_of(w=tensor()))
    for name, body, says in malicious(target):
        yield f"evil-{name}.ckpt", torch_file(body), says
    for name, body, says in damaged():
        yield f"pickle-{name}.ckpt", torch_file(body), says

    # The real thing: what Python itself makes of an object that runs a command when it is loaded.
    class Command:
        def __reduce__(self):
            import os
            return os.system, (f"touch {target}",)

    for protocol in (2, 3, 4):
        yield f"evil-python-{protocol}.pt", torch_file(pickle.dumps({"w": Command()}, protocol), raw=True), "system”"
    for protocol in (0, 1, 5):
        yield f"protocol-{protocol}.pt", torch_file(pickle.dumps({"w": 1}, protocol), raw=True), "no pickle" if protocol < 2 else "protocol 5"
    yield "evil-bare.ckpt", pickle.dumps(Command(), 2), "pickle checkpoint"
    yield "old.ckpt", b"\x80\2\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + bytes(64), "before 1.6"
    yield "after-the-end.pt", torch_file(one + b"cos\nsystem\n.", raw=True), "more follows"
    yield "no-end.pt", torch_file(one[:-1], raw=True), "ends too early"
    yield "large.pt", torch_file(one + bytes(33 << 20), raw=True), "at most 33554432"

    # Storages.
    yield "storage-missing.pt", torch_file(one, {"1": FLOATS}, raw=True), "“w” are missing"
    yield "storage-short.pt", torch_file(one, {"0": FLOATS[:-4]}, raw=True), "there are 44 bytes"
    yield "storage-odd.pt", torch_file(one, {"0": FLOATS[:-1]}, raw=True), "there are 47 bytes"
    yield "storage-long.pt", torch_file(one, {"0": FLOATS + bytes(4)}, raw=True), "there are 52 bytes"
    yield "storage-elsewhere.pt", torch_file(dict_of(w=tensor(of=storage(key="../../../etc/passwd")))), "are missing"
    yield "storage-no-text.pt", torch_file(dict_of(w=tensor(of=storage(key=b"\xff")))), "no text"
    yield "storage-huge.pt", torch_file(dict_of(w=tensor((2**60,), of=storage(n=2**60)))), "there are 48 bytes"

    # Archives.
    pkl, data = Entry("m/data.pkl", one), Entry("m/data/0", FLOATS)
    yield "other.zip", archive([Entry("mimetype", b"image/openraster"), Entry("data/layer0.png", b"x")]), "not one that PyTorch wrote"
    yield "empty.zip", archive([]), "not a safetensors file"
    yield "script.pt", archive([pkl, data, Entry("m/constants.pkl", b"\x80\2N."), Entry("m/code/x.py", b"")]), "TorchScript"
    yield "two-lists.pt", archive([pkl, data, Entry("n/data.pkl", one)]), "two lists"
    yield "big-endian.pt", archive([pkl, data, Entry("m/byteorder", b"big")]), "another order"
    yield "big-endian-2.pt", archive([pkl, data, Entry("m/byteorder", b"little" * 10)]), "another order"
    yield "bomb.pt", archive([pkl, Entry("m/data/0", bytes(16), method=8, size=0xfffffff0, packed=16)]), "compressed files"
    yield "bomb-stored.pt", archive([pkl, Entry("m/data/0", bytes(16), size=0x7fffffff)]), "another size"
    yield "bomb-stored-2.pt", archive([pkl, Entry("m/data/0", bytes(16), size=0x7fffffff, head_size=0x7fffffff)]), "lies outside of the file"
    yield "bomb-wide.pt", archive([pkl, Entry("m/data/0", bytes(16), size=2**63, head_size=0xffffffff)], wide=True), "lies outside of the file"
    yield "bomb-wrapping.pt", archive([pkl, Entry("m/data/0", bytes(16), size=2**64 - 16, head_size=0xffffffff)], wide=True), "lies outside of the file"
    yield "bomb-two-sizes.pt", archive([pkl, Entry("m/data/0", bytes(16), packed=8)]), "two sizes"
    yield "bomb-shared.pt", archive([pkl, data, Entry("m/data/1", FLOATS, same_head=True)]), "lies outside of the file, or over another entry"
    yield "bomb-into-next.pt", archive([pkl, Entry("m/data/0", FLOATS, size=120, head_size=120), Entry("m/data/1", bytes(100))]), "over another entry"
    yield "bomb-into-directory.pt", archive([pkl, Entry("m/data/0", FLOATS, size=80, head_size=80)]), "over another entry"
    yield "bomb-quoted.pt", archive([pkl, Entry("m/data/0", FLOATS, head=1)]), "over another entry"
    yield "no-head.pt", archive([pkl, Entry("m/data/0", FLOATS, head=40)]), "over another entry"
    yield "outside.pt", archive([pkl, Entry("m/data/0", FLOATS, head=0x7fffffff)]), "lies outside of the file"
    yield "outside-wide.pt", archive([pkl, Entry("m/data/0", FLOATS, head=2**64 - 1)], wide=True), "lies outside of the file"
    yield "other-name.pt", archive([pkl, Entry("m/data/0", FLOATS, head_name="m/data/1")]), "is another entry"
    yield "other-name-2.pt", archive([pkl, Entry("m/data/0", FLOATS, head_name="m/data/")]), "is another entry"
    yield "encrypted.pt", archive([pkl, Entry("m/data/0", FLOATS, flags=1)]), "is encrypted"
    yield "same-name.pt", archive([pkl, data, data]), "two entries “m/data/0”"
    yield "name-no-text.pt", archive([pkl, data, Entry("m/\xff", b"")]), "no text"
    yield "name-nul.pt", archive([pkl, data, Entry("m/data/0\0x", b"")]), "no text"
    yield "name-empty.pt", archive([pkl, data, Entry("", b"")]), "entry 2 of its zip directory"
    yield "disk.pt", archive([pkl, Entry("m/data/0", FLOATS, disk=1)]), "split"
    yield "extra.pt", archive([pkl, Entry("m/data/0", FLOATS, extra=b"\1\0\xff\xff")]), "extra field"
    yield "extra-2.pt", archive([pkl, Entry("m/data/0", FLOATS, extra=b"\1\0\0\0\1\0\0\0")]), "twice"
    yield "no-wide-size.pt", archive([pkl, Entry("m/data/0", FLOATS, size=0xffffffff)]), "leaves out the size"
    yield "count-more.pt", archive([pkl, data], count=3), "announces 3"
    yield "count-less.pt", archive([pkl, data], count=1), "announces 1"
    yield "count-bomb.pt", archive([pkl, data], wide=True, count=2**63), "at most 100000"
    yield "directory-bomb.pt", archive([pkl, data], wide=True, size=2**63), "at most"
    yield "directory-early.pt", archive([pkl, data], begin=0), "not where its end says"
    yield "directory-late.pt", archive([pkl, data], begin=1 << 31), "not where its end says"
    yield "directory-short.pt", archive([pkl, data], size=46), "not where its end says"
    yield "prefix.pt", archive([pkl, data], prefix=b"MZ" + bytes(100)), "cannot be read"
    yield "locator.pt", archive([pkl, data], wide=True, locator=2**64 - 1), "not where its end says"
    yield "locator-2.pt", archive([pkl, data], wide=True, locator=0), "damaged"
    yield "end64.pt", archive([pkl, data], wide=True, end64=2**64 - 1), "damaged"
    yield "two-ends.pt", archive([pkl, data], wide=True, short_count=7), "contradict"
    whole = archive([pkl, data])
    for n in range(5, len(whole), 37):
        yield f"cut-{n:04}.pt", whole[:n], "cannot be read"
    yield "tail.pt", whole + b"x", "was cut, or is damaged"


def indexes(folder):
    """Models in several files."""
    parts = {"part-1.bin": dict_of(a=tensor((2,))), "part-2.bin": dict_of(b=tensor((2,), first=2)), "part-3.bin": dict_of(a=tensor((2,)), c=tensor((1,)))}
    for name, body in parts.items():
        (folder / name).write_bytes(torch_file(body))
    a, b = {"name": "a", "dims": [2], "values": [0, 1]}, {"name": "b", "dims": [2], "values": [2, 3]}
    text_of = lambda value: json.dumps(value).encode()
    yield "two.index.json", text_of({"metadata": {"total_size": 16}, "weight_map": {"a": "part-1.bin", "b": "part-2.bin"}}), [a, b], None
    yield "pretty.index.json", json.dumps({"weight_map": {"a": "part-1.bin"}}, indent=2).encode(), [a], None
    for name, content, says in [
            ("elsewhere", {"a": "../part-1.bin"}, "not in the same folder"), ("absolute", {"a": "/etc/passwd"}, "not in the same folder"),
            ("hidden", {"a": ".."}, "not in the same folder"), ("backslash", {"a": "x\\part-1.bin"}, "not in the same folder"),
            ("number", {"a": 5}, "not in the same folder"), ("missing", {"a": "part-9.bin"}, "“part-9.bin” is missing"),
            ("wrong", {"a": "part-1.bin", "b": "part-1.bin", "x": "part-2.bin"}, "tensor “b” is not in “part-1.bin”"),
            ("twice", {"a": "part-1.bin", "c": "part-3.bin"}, "in more than one of its files"),
            ("gone", {"z": "part-1.bin"}, "tensor “z” is not in"), ("itself", {"a": "itself.index.json"}, "not a safetensors file"),
            ("many", {f"{i}": f"p{i}" for i in range(129)}, "more than 128 files"), ("folder", {"a": "deep"}, "it is a folder")]:
        yield f"{name}.index.json", text_of({"weight_map": content}), None, says
    (folder / "deep").mkdir()
    yield "config.json", text_of({"_class_name": "UNet2DConditionModel"}), None, "weight_map"
    yield "list.json", text_of({"weight_map": ["a"]}), None, "weight_map"
    yield "broken.json", b'{"weight_map": {', None, "broken.json"
    yield "evil.index.json", text_of({"weight_map": {"w": "evil-os-system.ckpt"}}), None, "“os.system”"


def convert(source, target):
    """A safetensors file as torch.save() would write it, as a trainer's checkpoint."""
    raw = source.read_bytes()
    n = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8:8 + n]), raw[8 + n:]
    header.pop("__metadata__", None)
    kinds = {"F16": ("HalfStorage", 2), "F32": ("FloatStorage", 4), "I64": ("LongStorage", 8), "I32": ("IntStorage", 4)}
    entries, parts = [], {}
    for i, (name, entry) in enumerate(header.items()):
        begin, end = entry["data_offsets"]
        kind, size = kinds[entry["dtype"]]
        parts[str(i)] = data[begin:end]
        entries.append((text(name), tensor(entry["shape"], of=storage(kind, str(i), (end - begin) // size, "cuda:0"))))
    body = dict_of(global_step=number(1), state_dict=ordered(entries))
    target.write_bytes(torch_file(body, parts, align=64))


def main(folder):
    index = {"good": [], "bad": []}
    for name, content, tensors, facts in good():
        (folder / name).write_bytes(content)
        index["good"].append({"file": name, "tensors": tensors, "facts": facts})
    for name, content, says in bad(folder / "EXECUTED"):
        (folder / name).write_bytes(content)
        index["bad"].append({"file": name, "says": says})
    for name, content, tensors, says in indexes(folder):
        (folder / name).write_bytes(content)
        if tensors is None:
            index["bad"].append({"file": name, "says": says})
        else:
            index["good"].append({"file": name, "tensors": tensors, "facts": {}})
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "--convert":
        convert(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    else:
        main(pathlib.Path(sys.argv[1]))
