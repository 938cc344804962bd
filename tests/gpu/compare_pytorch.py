# SPDX-License-Identifier: MIT
"""Times sampled YOSO attention by our kernels, by an implementation of the authors' algorithm, and PyTorch's attention, in one run.

python3 tests/gpu/compare_pytorch.py OUTPUT.json [--sizes 512 1024 ...]

Every implementation of a size is captured as a CUDA graph where that works and replayed; medians of event times. Our time
includes hashing and sorting; the authors' algorithm gets our hash kernel's time added. Batch x heads = 64 (4 x 16).
"""

import argparse
import datetime
import json
import subprocess
import sys
from pathlib import Path

from check_kernels import make_inputs
from time_kernels import gather_rates, median_ms
from yoso_device import Attention, F, I, Modules, P, compile_modules, structure, torch
from torch.nn.attention import SDPBackend, sdpa_kernel

BATCH, HEADS = 4, 16
ITEMS = BATCH * HEADS
UpstreamArgs = structure("UpstreamArgs", [(n, P) for n in ("codes", "rows", "weights", "table", "output")]
                         + [(n, I) for n in ("items", "n", "d", "m", "firstHash", "hashes", "buckets", "firstColumn", "weightColumn")] + [("scale", F)])


def graph_ms(run, repeats=11):
    """Median time of a replay; of a plain call where the work cannot be captured."""
    try:
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):
            for _ in range(2):
                run()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            run()
        return median_ms(graph.replay, repeats)
    except Exception as problem:  # PyTorch has several types for it
        print(f"not captured: {problem}", file=sys.stderr)
        torch.cuda.synchronize()
        return median_ms(run, repeats)


class Upstream:
    """The authors' algorithm on the codes of `attention`."""

    def __init__(self, modules, attention, n, table_bytes=2 << 30):
        self.m, self.a, self.n, self.d = modules, attention, n, attention.width
        self.buckets = 1 << attention.tau
        self.at_once = max(1, min(attention.hashes, table_bytes // (ITEMS * self.buckets * 128)))
        self.table = torch.empty(ITEMS * self.at_once * self.buckets * 32, device="cuda")

    def cumulate(self, reader, writer, rows, output, scale, row_weights=None, output_weights=None, column=0):
        for first in range(0, self.a.hashes, self.at_once):
            hashes = min(self.at_once, self.a.hashes - first)
            for block in range(0, self.d, 32):
                self.table.zero_()
                def args(codes, weights, source):
                    return UpstreamArgs(codes.data_ptr(), source.data_ptr() if source is not None else None, weights.data_ptr() if weights is not None else None,
                                        self.table.data_ptr(), output.data_ptr(), ITEMS, self.n, self.d, self.a.hashes, first, hashes, self.buckets, block, column, scale)
                self.m.launch("upstream_scatter", -(-ITEMS * hashes * self.n // 8), 256, 0, args(writer, row_weights, rows))
                self.m.launch("upstream_gather", -(-ITEMS * self.n // 8), 256, 0, args(reader, output_weights, None))

    def forward(self, value, output):
        output.zero_()
        self.cumulate(self.a.query_codes, self.a.key_codes, value, output, 1 / self.a.hashes)

    def backward(self, query, key, value, gradient, dq, dk, dv):
        q, k, scale = self.a.query_codes, self.a.key_codes, self.a.tau / 2 / self.a.hashes
        for t in (dq, dk, dv):
            t.zero_()
        self.cumulate(k, q, gradient, dv, 1 / self.a.hashes)
        for column in range(self.d):
            self.cumulate(q, k, key, dq, scale, value, gradient, column)
            self.cumulate(k, q, query, dk, scale, gradient, value, column)


def ours(modules, n, d, m, tau, kind, result):
    attention = Attention(modules, [n] * BATCH, HEADS, d, m, tau)
    query, key, value, gradient = make_inputs(kind, attention.tokens, HEADS, d, attention.lengths)
    signs = torch.randint(-2**31, 2**31, (attention.sign_words(),), dtype=torch.int32, device="cuda")
    output, dq, dk, dv = (torch.empty_like(value) for _ in range(4))
    forward = lambda: attention.forward(query, key, value, signs, output)
    backward = lambda: attention.backward(query, key, value, gradient, dq, dk, dv)
    result["hash"] = graph_ms(lambda: attention.hash(query, key, signs))
    result["forward"] = graph_ms(forward)
    result["forward+backward"] = graph_ms(lambda: (forward(), backward()))
    result["again"] = graph_ms(lambda: (forward(), backward()))
    result["workspace_mib"] = attention.workspace_bytes() / 2**20
    result["codes_mib"] = 2 * attention.query_codes.numel() * 2 / 2**20
    return attention, (query, key, value, gradient), (output, dq, dk, dv)


def by_item(x, n):
    """[T, H, D] to [items, n, D]."""
    return x.view(BATCH, n, HEADS, -1).transpose(1, 2).reshape(ITEMS, n, -1).contiguous()


def upstream(modules, attention, inputs, outputs, n, hash_ms, result):
    u = Upstream(modules, attention, n)
    query, key, value, gradient = (by_item(x, n) for x in inputs)
    output, dq, dk, dv = (torch.empty_like(value) for _ in range(4))
    result["forward"] = hash_ms + graph_ms(lambda: u.forward(value, output), 5)
    result["forward+backward"] = result["forward"] + median_ms(lambda: u.backward(query, key, value, gradient, dq, dk, dv), 1, 1)
    result["table_mib"] = u.table.numel() * 4 / 2**20
    differences = [((a.double() - by_item(b, n).double()).norm() / a.double().norm()).item() for a, b in zip((output, dq, dk, dv), outputs)]
    result["relative_difference_to_ours"] = max(differences)


def attention_times(run, n, d, result):
    q, k, v = (torch.randn(BATCH, HEADS, n, d, device="cuda", dtype=torch.bfloat16, requires_grad=True) for _ in range(3))
    g = torch.randn_like(q)
    with torch.no_grad():
        result["forward"] = graph_ms(lambda: run(q, k, v))
    result["forward+backward"] = graph_ms(lambda: torch.autograd.grad(run(q, k, v), (q, k, v), g))


def sdpa(backend):
    def run(q, k, v):
        with sdpa_kernel(backend):
            return torch.nn.functional.scaled_dot_product_attention(q, k, v)
    return run


def softmax(q, k, v):
    return (q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5).softmax(-1) @ v


def copy_rate():
    a = torch.randn(1 << 28, device="cuda")
    b = torch.empty_like(a)
    return 2 * a.numel() * 4 / median_ms(lambda: b.copy_(a)) * 1e3


def floor_ms(n, d, m, tau, gather, copy, add_rate, rotations):
    """See docs/kernels/cuda.md: hash additions, sort arrays, rows of all colliding pairs, own rows and results."""
    pairs, tokens = ITEMS * m * n * n / 2**tau, ITEMS * n
    hashing = 2 * tokens * rotations * 3 * d * (d.bit_length() - 1) / add_rate
    sort = lambda entries: tokens * m * (2 * 2 + 2 * 2 + 4 * entries) / copy
    forward = hashing + sort(1) + pairs * 4 * d / gather["gather_one_4"] + tokens * 4 * d / copy
    backward = sort(2) + 2 * pairs * 8 * d / gather["gather_two_2"] + tokens * 5 * 4 * d / copy
    return {"forward": forward * 1e3, "forward+backward": (forward + backward) * 1e3,
            "rows share": (pairs * 4 * d / gather["gather_one_4"] + 2 * pairs * 8 * d / gather["gather_two_2"]) / (forward + backward)}


def device():
    query = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version,clocks.max.sm", "--format=csv,noheader,nounits"], capture_output=True, text=True, check=True)
    name, driver, clock = (x.strip() for x in query.stdout.strip().split(","))
    properties = torch.cuda.get_device_properties(0)
    compiler = subprocess.run(["nvcc", "--version"], capture_output=True, text=True, check=True).stdout.split("release ")[1].split(",")[0]
    return {"device": name, "driver": driver, "max_sm_mhz": int(clock), "multiprocessors": properties.multi_processor_count, "memory_mib": properties.total_memory >> 20,
            "torch": torch.__version__, "nvcc": compiler}


def measure(n, d, m, tau, kinds, modules, up_modules, gather, copy, info, full):
    add_rate = info["multiprocessors"] * 128 * info["max_sm_mhz"] * 1e6
    row = {"n": n, "d": d, "m": m, "tau": tau}
    for kind in kinds:
        row[f"yoso {kind}"] = {}
        state = ours(modules, n, d, m, tau, kind, row[f"yoso {kind}"])
        if kind == "random":
            attention, inputs, outputs = state
            row["floor"] = floor_ms(n, d, m, tau, gather, copy, add_rate, attention.rotations)
            if full:
                row["upstream"] = {}
                upstream(up_modules, attention, inputs, outputs, n, row["yoso random"]["hash"], row["upstream"])
        del state
    if full:
        for name, run in (("flash bf16", sdpa(SDPBackend.FLASH_ATTENTION)), ("cudnn bf16", sdpa(SDPBackend.CUDNN_ATTENTION)), *((("softmax bf16", softmax),) if n <= 4096 else ())):
            row[name] = {}
            try:
                attention_times(run, n, d, row[name])
            except Exception as problem:
                row[name]["error"] = str(problem).splitlines()[0]
    return row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--sizes", type=int, nargs="*", default=[512, 1024, 2048, 4096, 8192, 16384])
    arguments = parser.parse_args()
    torch.manual_seed(1)
    info = device()
    copy = copy_rate()
    up_modules = Modules(compile_modules(64, ["upstream_like"], Path(__file__).parent))
    compiled = {width: compile_modules(width) for width in (32, 64)}
    modules = {width: Modules(c) for width, c in compiled.items()}
    rows, gathers = [], {}
    for n in arguments.sizes:
        log = n.bit_length() - 1
        gathers[n] = {width: gather_rates(width, n, ITEMS) for width in (32, 64)}
        cases = [(64, 32, log, True), (64, 16, log, False), (32, 32, log, False), (32, 16, log, False)] + ([(64, 32, 12, False)] if log > 12 else [])
        for d, m, tau, full in cases:
            kinds = ["random", "clustered", "half", "identical"] if full else ["random"]
            row = measure(n, d, m, tau, kinds, modules[d], up_modules, gathers[n][d], copy, info, full)
            rows.append(row)
            show = {k: round(v["forward+backward"], 3) for k, v in row.items() if isinstance(v, dict) and "forward+backward" in v}
            print(f"n {n} d {d} m {m} tau {tau} forward+backward ms: {show}", flush=True)
            torch.cuda.empty_cache()
    report = {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"), "command": "python3 tests/gpu/compare_pytorch.py OUTPUT.json", **info,
              "batch_x_heads": ITEMS, "copy_bytes_per_s": copy, "gather_bytes_per_s": gathers, "resources": {str(w): m.report for w, m in modules.items()}, "rows": rows}
    Path(arguments.output).write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
