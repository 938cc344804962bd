# SPDX-License-Identifier: MIT
"""Checks src/Yoso.Models/WeightFiles against a real PyTorch and a real transformers, in three steps on one or two machines.

python3 tests/gpu/check_weights.py write FOLDER            needs torch, safetensors, transformers: checkpoints of every kind
python3 tests/gpu/check_weights.py import FOLDER [YOSO]    needs only Python and the program (default ./yoso): imports and exports them
python3 tests/gpu/check_weights.py load FOLDER             needs torch, safetensors, transformers: YosoModel loads what was exported
"""

import argparse
import collections
import json
import struct
import subprocess
import sys
from pathlib import Path

VOCABULARY, POSITIONS, DIM, HIDDEN, HEADS, LAYERS = 97, 32, 24, 40, 2, 3


def upstream_modules():
    """A network with upstream's parameter names: only names and shapes matter here."""
    import torch
    from torch import nn

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.W_q, self.W_k, self.W_v, self.ff = (nn.Linear(DIM, DIM) for _ in range(4))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.mha, self.norm1, self.norm2 = Attention(), nn.LayerNorm(DIM), nn.LayerNorm(DIM)
            self.ff = nn.Sequential(nn.Linear(DIM, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, DIM))

    class Shell(nn.Module):
        def __init__(self, **parts):
            super().__init__()
            for name, part in parts.items():
                setattr(self, name, part)

    torch.manual_seed(1)
    embeddings = Shell(
        word_embeddings=nn.Embedding(VOCABULARY, DIM), position_embeddings=nn.Embedding(POSITIONS + 2, DIM), token_type_embeddings=nn.Embedding(1, DIM), norm=nn.LayerNorm(DIM)
    )
    backbone = Shell(backbone=Shell(encoders=nn.ModuleList([Block() for _ in range(LAYERS)])))
    network = Shell(model=Shell(embeddings=embeddings, backbone=backbone), mlm=Shell(dense=nn.Linear(DIM, DIM), norm=nn.LayerNorm(DIM), mlm_class=nn.Linear(DIM, VOCABULARY)))
    network.mlm.mlm_class.weight = embeddings.word_embeddings.weight
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_()
    return network


def hugging_face(network, prefix, head):
    """The same tensors under Hugging Face's names, by string replacement rather than by the tables under test."""
    names = collections.OrderedDict()
    for name, values in network.state_dict().items():
        name = name.replace("model.backbone.backbone.encoders.", prefix + ".encoder.layer.").replace("model.embeddings.norm", prefix + ".embeddings.LayerNorm").replace("model.embeddings", prefix + ".embeddings")
        for ours, theirs in [
            (".mha.W_q", ".attention.self.query"), (".mha.W_k", ".attention.self.key"), (".mha.W_v", ".attention.self.value"), (".mha.ff", ".attention.output.dense"), (".norm1", ".attention.output.LayerNorm"),
            (".ff.0", ".intermediate.dense"), (".ff.2", ".output.dense"), (".norm2", ".output.LayerNorm"), ("mlm.dense", head[0]), ("mlm.norm", head[1]), ("mlm.mlm_class", head[2]),
        ]:
            name = name.replace(ours, theirs)
        names[name] = values
        if name == head[2] + ".bias":
            names[head[3]] = values
    return names


def write(folder):
    import torch
    from safetensors.torch import save_file
    from transformers import BertConfig, BertForPreTraining, RobertaConfig, RobertaForMaskedLM, YosoConfig, YosoForMaskedLM

    network = upstream_modules()
    state = network.state_dict()
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: values.detach().clone() for name, values in state.items()}, folder / "expected.safetensors")
    for protocol in (2, 3, 4, 5):
        torch.save({"model_state_dict": state}, folder / f"zip-p{protocol}.model", pickle_protocol=protocol)
        torch.save(state, folder / f"legacy-p{protocol}.pt", pickle_protocol=protocol, _use_new_zipfile_serialization=False)
    torch.save({"model_state_dict": torch.nn.DataParallel(network).state_dict()}, folder / "parallel.model")
    transposed = collections.OrderedDict((name, values.t().contiguous().t() if values.dim() == 2 else values) for name, values in state.items())
    torch.save(transposed, folder / "transposed.pt")
    for name, dtype in (("half", torch.float16), ("brain", torch.bfloat16), ("double", torch.float64)):
        save_file({n: v.detach().to(dtype).float() for n, v in state.items()}, folder / f"expected-{name}.safetensors")
        torch.save({n: v.to(dtype) for n, v in state.items()}, folder / f"{name}.pt")

    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-4, total_steps=100, anneal_strategy="linear")
    sum(p.sum() for p in network.parameters()).backward()
    checkpoint = {
        "model_state_dict": collections.OrderedDict((n, v.clone()) for n, v in state.items()), "optimizer_state_dict": None, "lr_scheduler_state_dict": None, "epoch": 3, "inst_pass": 1 << 34,
    }
    optimizer.step()
    schedule.step()
    checkpoint.update(optimizer_state_dict=optimizer.state_dict(), lr_scheduler_state_dict=schedule.state_dict())
    # Two names of one table became two tables by clone(); a checkpoint has one.
    checkpoint["model_state_dict"]["mlm.mlm_class.weight"] = checkpoint["model_state_dict"]["model.embeddings.word_embeddings.weight"]
    torch.save(checkpoint, folder / "whole.cp")
    with torch.no_grad():
        for name, values in network.state_dict().items():
            values.copy_(checkpoint["model_state_dict"][name])

    for prefix, head in (
        ("yoso", ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.decoder", "cls.predictions.bias")),
        ("roberta", ("lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", "lm_head.bias")),
    ):
        torch.save(hugging_face(network, prefix, head), folder / f"{prefix}.bin")

    sizes = dict(vocab_size=VOCABULARY, hidden_size=DIM, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=HIDDEN)
    for name, model in (
        ("hf-bert", BertForPreTraining(BertConfig(max_position_embeddings=POSITIONS, **sizes))),
        ("hf-roberta", RobertaForMaskedLM(RobertaConfig(max_position_embeddings=POSITIONS + 2, type_vocab_size=1, **sizes))),
        ("hf-yoso", YosoForMaskedLM(YosoConfig(max_position_embeddings=POSITIONS, **sizes))),
    ):
        torch.save(model.state_dict(), folder / f"{name}.bin")
        model.save_pretrained(folder / name)
    # These must be refused: a whole module, and a pickle that calls something.
    torch.save(torch.nn.Linear(2, 2), folder / "refuse-module.pt")
    print(f"wrote {len(list(folder.iterdir()))} files to {folder}")


def tensors(path):
    """Raw values by name of a safetensors file, with nothing but Python."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {name: (about["dtype"], about["shape"], data[8 + length + about["data_offsets"][0] : 8 + length + about["data_offsets"][1]]) for name, about in header.items()}


def run(program, *arguments):
    finished = subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True)
    return finished.returncode, (finished.stdout + finished.stderr).strip()


def import_all(folder, program):
    failures = []
    files = sorted(p for p in folder.iterdir() if p.suffix in (".pt", ".model", ".cp", ".bin"))
    files += sorted(folder.glob("hf-*/model.safetensors"))
    for path in files:
        target = folder / "imported" / (path.stem if path.parent == folder else path.parent.name + "-pretrained")
        target.parent.mkdir(exist_ok=True)
        code, output = run(program, "import", path, "--to", target)
        if path.name.startswith("refuse"):
            good = code == 1 and "refused" in output and "\n" not in output
        elif path.name.startswith("hf-") or path.parent != folder:
            good = code == 0 and "missing" not in output and "unexpected" not in output
        else:
            kind = next((k for k in ("half", "brain", "double") if path.stem == k), None)
            good = code == 0 and tensors(target) == tensors(folder / (f"expected-{kind}.safetensors" if kind else "expected.safetensors"))
        print(f"{'ok  ' if good else 'FAIL'} {path.relative_to(folder)}: {output.splitlines()[0] if output else ''}")
        if not good:
            failures.append(output)
    code, output = run(program, "export", folder / "expected.safetensors", "--to", folder / "exported", "--heads", HEADS, "--expectation")
    print(f"{'ok  ' if code == 0 else 'FAIL'} export: {output.splitlines()[-1]}")
    return failures + ([output] if code != 0 else [])


def load(folder):
    import torch
    from safetensors.torch import load_file
    from transformers import YosoForMaskedLM, YosoModel

    failures = []
    expected = load_file(folder / "expected.safetensors")
    for kind in (YosoModel, YosoForMaskedLM):
        model, info = kind.from_pretrained(folder / "exported", output_loading_info=True)
        unexpected = [n for n in info["unexpected_keys"] if kind is not YosoModel or not n.startswith("cls.")]
        same = torch.equal(model.get_input_embeddings().weight, expected["model.embeddings.word_embeddings.weight"])
        layer = dict(model.named_parameters())[("" if kind is YosoModel else "yoso.") + "encoder.layer.2.output.dense.weight"]
        same = same and torch.equal(layer, expected["model.backbone.backbone.encoders.2.ff.2.weight"])
        output = model.eval()(torch.randint(0, VOCABULARY, (2, 16)), attention_mask=torch.ones(2, 16))[0]
        good = not info["missing_keys"] and not unexpected and not info["mismatched_keys"] and same and bool(output.isfinite().all())
        print(f"{'ok  ' if good else 'FAIL'} {kind.__name__}: missing {sorted(info['missing_keys'])}, unexpected {unexpected}, output {tuple(output.shape)}")
        if not good:
            failures.append(kind.__name__)
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("step", choices=["write", "import", "load"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("program", nargs="*", default=["./yoso"])
    options = parser.parse_args()
    failures = {"write": lambda: write(options.folder) or [], "import": lambda: import_all(options.folder, options.program), "load": lambda: load(options.folder)}[options.step]()
    if failures:
        sys.exit(f"{len(failures)} checks failed")


if __name__ == "__main__":
    main()
