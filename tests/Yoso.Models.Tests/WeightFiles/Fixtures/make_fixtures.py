# SPDX-License-Identifier: MIT
"""Writes the files beside it: checkpoints in torch.save's formats, pickled by Python itself, without torch.

Modules and classes of torch's names are made up so that Python's pickle module writes the same globals that torch.save
writes; the layout of the archive and of the old stream follows torch/serialization.py. tests/gpu/check_weights.py makes
the same files with a real torch.
"""
import collections
import io
import os
import pickle
import struct
import sys
import types
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def module(name):
    sys.modules[name] = types.ModuleType(name)
    return sys.modules[name]


torch, utils, scheduler, adamw = module("torch"), module("torch._utils"), module("torch.optim.lr_scheduler"), module("torch.optim.adamw")
module("torch.optim")


def named(owner, name, value):
    value.__module__, value.__qualname__, value.__name__ = owner.__name__, name, name
    setattr(owner, name, value)
    return value


def rebuild(*_):
    raise AssertionError("never called here")


REBUILD = named(utils, "_rebuild_tensor_v2", rebuild)
TYPES = {"f": "FloatStorage", "d": "DoubleStorage", "e": "HalfStorage", "q": "LongStorage", "H": "BFloat16Storage", "?": "BoolStorage"}
CLASSES = {code: named(torch, name, type(name, (), {})) for code, name in TYPES.items()}
# As older versions of PyTorch leave it in a schedule's state: a bound method of a schedule that holds its optimizer.
OneCycleLR = named(scheduler, "OneCycleLR", type("OneCycleLR", (), {"_annealing_linear": lambda self, a, b, c: a}))
AdamW = named(adamw, "AdamW", type("AdamW", (), {}))


class Storage:
    def __init__(self, key, code, values):
        self.key, self.code, self.values = key, code, values
        self.data = struct.pack("<%d%s" % (len(values), code), *values)


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.arguments = (storage, offset, shape, strides, False, collections.OrderedDict())

    def __reduce_ex__(self, protocol):
        return REBUILD, self.arguments


class Pickler(pickle.Pickler):
    legacy = False

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        identity = ("storage", CLASSES[value.code], value.key, "cpu", len(value.values))
        return identity + (None,) if self.legacy else identity


def pickled(value, protocol, legacy):
    stream = io.BytesIO()
    pickler = Pickler(stream, protocol)
    pickler.legacy = legacy
    pickler.dump(value)
    return stream.getvalue()


def save_zip(name, value, storages, protocol=2):
    with zipfile.ZipFile(os.path.join(HERE, name), "w", zipfile.ZIP_STORED) as archive:
        def record(path, data):
            info = zipfile.ZipInfo("archive/" + path, (1980, 1, 1, 0, 0, 0))
            # torch pads the local header with a field "FB" so that values start at a multiple of 64 bytes.
            info.extra = b"FB" + struct.pack("<H", 6) + b"ZZZZZZ"
            archive.writestr(info, data)

        record("data.pkl", pickled(value, protocol, False))
        record("byteorder", b"little")
        for storage in storages:
            record("data/" + storage.key, storage.data)
        record("version", b"3\n")


def save_legacy(name, value, storages, protocol=2):
    with open(os.path.join(HERE, name), "wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}):
            pickle.dump(part, file, protocol)
        file.write(pickled(value, protocol, True))
        pickle.dump(sorted(s.key for s in storages), file, protocol)
        for storage in sorted(storages, key=lambda s: s.key):
            file.write(struct.pack("<q", len(storage.values)) + storage.data)


def state():
    # "norm" and "scale" share a storage, "transposed" is not row by row, "halves" and "brains" are 16 bits wide.
    a = Storage("0", "f", [0.5, -1.0, 2.25, 3.0, 4.0, 5.0])
    b = Storage("1", "e", [1.5, -2.0])
    c = Storage("2", "H", [0x3FC0, 0xC000])  # 1.5 and -2 in bfloat16
    d = Storage("3", "q", [7, 1 << 40])
    e = Storage("4", "d", [0.1])
    tensors = collections.OrderedDict(
        [
            ("norm.weight", Tensor(a, 0, (2, 3), (3, 1))),
            ("transposed", Tensor(a, 0, (3, 2), (1, 3))),
            ("scale", Tensor(a, 4, (2,), (1,))),
            ("halves", Tensor(b, 0, (2,), (1,))),
            ("brains", Tensor(c, 0, (2,), (1,))),
            ("ids", Tensor(d, 0, (1, 2), (2, 1))),
            ("scalar", Tensor(e, 0, (), ())),
        ]
    )
    # nn.Module.state_dict() leaves its version table as an attribute, which pickle writes with BUILD.
    tensors._metadata = collections.OrderedDict([("", {"version": 1})])
    return tensors, [a, b, c, d, e]


def main():
    tensors, storages = state()
    for protocol in (1, 2, 3, 4, 5):
        save_zip("plain-p%d.pt" % protocol, tensors, storages, protocol)
        save_legacy("legacy-p%d.pt" % protocol, tensors, storages, protocol)
    save_zip("upstream.model", {"model_state_dict": tensors}, storages)
    schedule, optimizer = OneCycleLR(), AdamW()
    optimizer.defaults, optimizer.param_groups = {"lr": 1e-4}, [{"betas": (0.95, 0.999), "params": [0]}]
    schedule.optimizer, schedule.total_steps = optimizer, 1000
    checkpoint = {
        "model_state_dict": tensors,
        "optimizer_state_dict": {"state": {0: {"step": 3, "exp_avg": Tensor(storages[0], 0, (6,), (1,))}}, "param_groups": optimizer.param_groups},
        "lr_scheduler_state_dict": {"total_steps": 1000, "anneal_func": schedule._annealing_linear, "last_lr": [1e-4]},
        "epoch": 12,
        "inst_pass": 1 << 33,
    }
    # A method of a class made here has no name of its own to be found under; give it one.
    OneCycleLR._annealing_linear.__qualname__ = "OneCycleLR._annealing_linear"
    save_zip("upstream.cp", checkpoint, storages)
    save_legacy("upstream-legacy.cp", checkpoint, storages)


if __name__ == "__main__":
    main()
