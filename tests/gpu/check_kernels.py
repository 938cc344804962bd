# SPDX-License-Identifier: MIT
"""Checks every kernel on a GPU against its definition in float64, on the same codes; hash codes against the emulation's order of additions.

python3 tests/gpu/check_kernels.py [--small]     (--small: few short sequences, for compute-sanitizer)
"""

import argparse
import sys

from yoso_device import Attention, Modules, compile_modules, torch

FACTORS = {32: [(4, 1), (8, 4)], 64: [(8, 1), (8, 8)], 128: [(4, 1), (4, 4), (8, 16)], 256: [(4, 1), (8, 4), (8, 32)]}


def hash_codes(x, words, attention):
    """[n, W] float32 and the item's sign words to [m, n], in the order of additions that Yoso.Cpu fixes."""
    n, width = x.shape
    codes = torch.zeros(attention.hashes, n, dtype=torch.int64, device=x.device)
    bits = ((words.to(torch.int64).unsqueeze(1) >> torch.arange(32, device=x.device)) & 1).view(attention.rotations, 3, width)
    per = width // attention.tau
    for rotation in range(attention.rotations):
        v = x.clone()
        for r in range(3):
            v = torch.where(bits[rotation, r].bool(), -v, v)
            for size, stride in FACTORS[width][::-1] if r == 1 else FACTORS[width]:
                distance = stride
                while distance < size * stride:
                    pairs = v.view(n, -1, 2, distance)
                    v = torch.stack([pairs[:, :, 0] + pairs[:, :, 1], pairs[:, :, 0] - pairs[:, :, 1]], 2).reshape(n, width)
                    distance *= 2
        for c in range(width):
            at = (rotation * per * attention.tau + c if c < per * attention.tau else attention.hashes * attention.tau) if attention.sampler == 0 else c * attention.rotations + rotation
            if at < attention.hashes * attention.tau:
                codes[at // attention.tau] |= (v[:, c] > 0).long() << (at % attention.tau)
    return codes


def make_inputs(kind, tokens, heads, width, lengths):
    x = [torch.randn(tokens, heads, width, device="cuda") for _ in range(4)]
    query, key = (torch.nn.functional.normalize(t, dim=-1) for t in x[:2])
    start = 0
    for n in lengths:
        stop = start + n
        if kind == "clustered" and n > 0:
            weights = 1 / torch.arange(1, n // 64 + 2, device="cuda", dtype=torch.float32)
            centers = torch.nn.functional.normalize(torch.randn(n // 64 + 1, heads, width, device="cuda"), dim=-1)
            for t in (query, key):
                noise = torch.nn.functional.normalize(torch.randn(n, heads, width, device="cuda"), dim=-1)
                t[start:stop] = torch.nn.functional.normalize(centers[torch.multinomial(weights, n, replacement=True)] + 0.5 * noise, dim=-1)
        elif kind == "identical" and n > 0:
            query[start:stop] = query[start].clone()
            key[start:stop] = query[start].clone()
        elif kind == "half" and n > 0:
            pick = torch.rand(n, device="cuda") < 0.5
            query[start:stop][pick] = query[start].clone()
            key[start:stop][pick] = query[start].clone()
        elif kind == "onekey" and n > 0:
            key[start:stop] = query[start].clone()
        start = stop
    return query.contiguous(), key.contiguous(), x[2], x[3]


def relative(actual, expected, magnitude):
    """Error over the magnitude of the sums' terms, which may cancel."""
    return ((actual.double() - expected).norm() / magnitude.norm().clamp_min(1e-300)).item()


def check(modules, width, lengths, heads, hashes, tau, sampler, kind, group_bytes, sampled):
    attention = Attention(modules, lengths, heads, width, hashes, tau, sampler, group_bytes)
    query, key, value, gradient = make_inputs(kind, attention.tokens, heads, width, lengths)
    signs = torch.randint(-2**31, 2**31, (attention.sign_words(),), dtype=torch.int32, device="cuda")
    outputs = [torch.full_like(value, float("nan")) for _ in range(4)]
    output, dq, dk, dv = outputs
    attention.forward(query, key, value, signs, output)
    if sampled:
        attention.backward_sampled(query, key, value, gradient, dq, dk, dv, 7)
    else:
        attention.backward(query, key, value, gradient, dq, dk, dv)
    torch.cuda.synchronize()
    worst, per_item = {}, attention.sign_words() // attention.item_count

    def note(name, actual, weight, rows):
        worst[name] = max(worst.get(name, 0), relative(actual, weight @ rows, weight.abs() @ rows.abs()))

    for item in range(attention.item_count):
        s, h = divmod(item, heads)
        first, n = attention.host_offsets[s], lengths[s]
        if n == 0:
            continue
        base = hashes * (first * heads + h * n)
        q, k, v, g = (t[first:first + n, h] for t in (query, key, value, gradient))
        cq, ck = (c[base:base + hashes * n].view(hashes, n).to(torch.int64) & 0xffff for c in (attention.query_codes, attention.key_codes))
        words = signs[item * per_item:(item + 1) * per_item]
        for name, x, codes in (("query codes", q, cq), ("key codes", k, ck)):
            if not torch.equal(hash_codes(x, words, attention), codes):
                raise SystemExit(f"{name} differ: width {width}, m {hashes}, tau {tau}, sampler {sampler}, {kind}")
        counts = torch.zeros(n, n, dtype=torch.float64, device="cuda")
        for hash_ in range(hashes):
            counts += cq[hash_].unsqueeze(1) == ck[hash_].unsqueeze(0)
        share = counts / hashes
        q, k, v, g = (t.double() for t in (q, k, v, g))
        note("output", output[first:first + n, h], share, v)
        note("dv", dv[first:first + n, h], share.T, g)
        weight = g @ v.T
        if not sampled:
            note("dq", dq[first:first + n, h], tau / 2 * share * weight, k)
            note("dk", dk[first:first + n, h], tau / 2 * (share * weight).T, q)
        elif n <= 1024 and counts.sum(1).max() < max(32, 4096 // hashes):  # every colliding pair is kept
            x = (0.98 * q @ k.T).clamp(-0.99**0.5, 0.99**0.5)
            slope = tau * (1 - x.acos() / torch.pi) ** (tau - 1) / (torch.pi * (1 - x * x).sqrt()) * (counts > 0)
            note("dq", dq[first:first + n, h], slope * weight, k)
            note("dk", dk[first:first + n, h], (slope * weight).T, q)
    again = [torch.full_like(value, float("nan")) for _ in range(4)]
    attention.forward(query, key, value, signs, again[0])
    (attention.backward_sampled if sampled else attention.backward)(query, key, value, gradient, *again[1:], *((7,) if sampled else ()))
    same = all(torch.equal(a, b) for a, b in zip(outputs, again))
    line = ", ".join(f"{name} {error:.1e}" for name, error in worst.items())
    good = same and all(error < 1e-6 for error in worst.values())
    print(f"{'ok ' if good else 'BAD'} width {width} lengths {lengths} heads {heads} m {hashes} tau {tau} sampler {sampler} {kind}{' sampled' if sampled else ''}: {line}; {'same bits twice' if same else 'DIFFERENT BITS'}")
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--widths", type=int, nargs="*", default=[32, 64, 128, 256])
    arguments = parser.parse_args()
    torch.manual_seed(1)
    good = True
    for width in arguments.widths:
        modules = Modules(compile_modules(width))
        spilling = [f"{kernel} width {width}: {report}" for kernel, report in modules.report.items() if ", 0 bytes spill stores" not in report]
        print(f"width {width}: {len(modules.report)} kernels, {len(spilling)} with spills", *spilling, sep="\n")
        cases = [([97, 1, 0, 30], 2, 5, 6, 0, "random", False), ([64], 1, 33, 9, 1, "clustered", False), ([150], 1, 3, 3, 0, "identical", False), ([90, 33], 2, 4, 7, 1, "half", True)] if arguments.small else [
            ([1025, 1, 0, 97], 2, 32, 10, 0, "random", False),
            ([1025, 300], 2, 16, 8, 1, "clustered", False),
            ([700], 3, 40, 12, 0, "identical", False),
            ([2049], 1, 32, 11, 0, "half", False),
            ([1500], 1, 70, 16, 1, "onekey", False),
            ([777, 5], 2, 8, 4, 0, "random", True),
            ([1024], 2, 32, 10, 1, "random", True),
            ([1500], 1, 70, 1, 0, "random", True),
            ([4096], 2, 32, 12, 0, "clustered", False),
        ]
        for i, (lengths, heads, hashes, tau, sampler, kind, sampled) in enumerate(cases):
            good &= check(modules, width, lengths, heads, hashes, tau, sampler, kind, 1 << 40 if i % 2 else 1, sampled)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
