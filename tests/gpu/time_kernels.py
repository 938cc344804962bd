# SPDX-License-Identifier: MIT
"""Times each kernel of one attention call on a GPU, for one or more variants of compile-time constants.

python3 tests/gpu/time_kernels.py [--n 4096] [--variants "" "YOSO_CUMULATE_UNROLL=2"] [--kinds random clustered identical]
"""

import argparse
import ctypes
import json
from pathlib import Path

from check_kernels import make_inputs
from yoso_device import Attention, F, I, L, Modules, P, compile_modules, structure, torch

GatherArgs = structure("GatherArgs", [("a", P), ("b", P), ("out", P), ("length", I), ("rowsPerProbe", I)])


def median_ms(run, repeats=11, warmup=3):
    for _ in range(warmup):
        run()
    times = []
    for _ in range(repeats):
        start, stop = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        run()
        stop.record()
        stop.synchronize()
        times.append(start.elapsed_time(stop))
    return sorted(times)[len(times) // 2]


def gather_rates(width, n, items, rows=32):
    """Bytes a second of random row reads: {kernel: rate}."""
    modules = Modules(compile_modules(width, ["row_gather"], Path(__file__).parent))
    a, b, out = (torch.randn(items * n, width, device="cuda") for _ in range(3))
    rates = {}
    for kernel in modules.functions:
        tensors = 2 if "two" in kernel else 1
        args = GatherArgs(a.data_ptr(), b.data_ptr(), out.data_ptr(), n, rows)
        ms = median_ms(lambda: modules.launch(kernel, items * n // 8, 256, 0, args))
        rates[kernel] = items * n * rows * tensors * width * 4 / ms * 1e3
    return rates


def stages(modules, n, heads, batch, width, hashes, tau, kind, group_bytes=1 << 40):
    attention = Attention(modules, [n] * batch, heads, width, hashes, tau, 0, group_bytes)
    query, key, value, gradient = make_inputs(kind, attention.tokens, heads, width, attention.lengths)
    signs = torch.randint(-2**31, 2**31, (attention.sign_words(),), dtype=torch.int32, device="cuda")
    output, dq, dk, dv = (torch.empty_like(value) for _ in range(4))
    attention.forward(query, key, value, signs, output)
    group = attention.groups[0]
    result = {"hash": median_ms(lambda: attention.hash(query, key, signs))}
    if len(attention.groups) == 1:
        result["sort forward"] = median_ms(lambda: attention.sort(group, False))
        result["cumulation + crowded"] = median_ms(lambda: attention.cumulation(group, value, output))
        for threads in (256, 512, 1024):
            attention.sort_threads = threads
            result[f"sort {threads}"] = median_ms(lambda: attention.sort(group, True))
        attention.sort_threads = 0
        result["sort backward"] = median_ms(lambda: attention.sort(group, True))
        result["crowded buckets"] = attention.counts.sum().item()
        launch = modules.launch
        for only in ("yoso_weighted_query", "yoso_weighted_key", "yoso_weighted_query_crowded", "yoso_weighted_key_crowded"):
            modules.launch = lambda kernel, *rest: launch(kernel, *rest) if kernel == only else None
            result[only[5:]] = median_ms(lambda: attention.weighted(group, query, key, value, gradient, dq, dk, dv))
        modules.launch = launch
    result["forward"] = median_ms(lambda: attention.forward(query, key, value, signs, output))
    result["backward"] = median_ms(lambda: attention.backward(query, key, value, gradient, dq, dk, dv))
    result["workspace MB"] = attention.workspace_bytes() / 2**20
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, nargs="*", default=[4096])
    parser.add_argument("--tau", type=int, nargs="*")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--hashes", type=int, default=32)
    parser.add_argument("--variants", nargs="*", default=[""])
    parser.add_argument("--kinds", nargs="*", default=["random"])
    parser.add_argument("--groups", type=int, nargs="*", default=[1 << 40])
    parser.add_argument("--gather", action="store_true")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    if arguments.gather:
        for n in arguments.n:
            print(n, {k: f"{v / 1e12:.2f} TB/s" for k, v in gather_rates(arguments.width, n, 64).items()})
    for variant in arguments.variants:
        modules = Modules(compile_modules(arguments.width, defines=variant.split()))
        for i, n in enumerate(arguments.n):
            tau = arguments.tau[i] if arguments.tau else min(12, n.bit_length() - 1)
            for kind in arguments.kinds:
                for group in arguments.groups:
                    r = stages(modules, n, 16, 4, arguments.width, arguments.hashes, tau, kind, group)
                    print(f"[{variant}] n {n} tau {tau} {kind}{'' if group == 1 << 40 else f' group {group >> 20} MB'}: " + ", ".join(f"{k} {v:.3f}" for k, v in r.items()), flush=True)


if __name__ == "__main__":
    main()
