# SPDX-License-Identifier: MIT
"""The kernels of src/Yoso.Cuda on PyTorch's CUDA tensors, by the rules of src/Yoso.Cuda/Kernels/CONTRACT.md.

Needs nvcc, PyTorch with CUDA, nothing else: modules are loaded and launched through the driver API.
"""

import ctypes
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

try:
    import torch
except ModuleNotFoundError:
    raise SystemExit("tests/gpu needs PyTorch with CUDA: run it with the python3 of an environment that has it") from None

KERNELS = Path(__file__).resolve().parents[2] / "src" / "Yoso.Cuda" / "Kernels"
SOURCES = ["HadamardHash", "BucketSort", "LshCumulation", "LshCumulationGradient", "WeightedLshCumulation", "WeightedLshCumulationSampled"]

_driver = None


def driver():
    global _driver
    if _driver is None:
        _driver = ctypes.CDLL("libcuda.so.1")
    return _driver


def check(code, what):
    if code != 0:
        text = ctypes.c_char_p()
        driver().cuGetErrorString(code, ctypes.byref(text))
        raise RuntimeError(f"{what}: CUDA error {code} {(text.value or b'').decode()}")


P, I, L, F = ctypes.c_void_p, ctypes.c_int, ctypes.c_longlong, ctypes.c_float


def structure(name, fields):
    return type(name, (ctypes.Structure,), {"_fields_": fields})


Items = structure("YosoItems", [("offsets", P)] + [(n, I) for n in ("heads", "firstItem", "itemCount", "blocksPerItem", "hashCount", "codeLength")])
HashArgs = structure("HadamardHashArgs", [("items", Items)] + [(n, P) for n in ("query", "key", "signs", "queryCodes", "keyCodes")]
                     + [("queryStride", L), ("keyStride", L)] + [(n, I) for n in ("rotations", "sampler", "sides", "reserved")])
SortArgs = structure("BucketSortArgs", [("items", Items)] + [(n, P) for n in ("queryCodes", "keyCodes", "queryOrder", "keyOrder", "queryEntries", "keyEntries", "crowded", "crowdedCounts")]
                     + [("rangeBits", I), ("orderInShared", I), ("reserved", I * 2)])
CumulationArgs = structure("LshCumulationArgs", [("items", Items)] + [(n, P) for n in ("entries", "order", "rows", "output")]
                           + [("rowStride", L), ("outputStride", L), ("scale", F), ("reserved", I * 3)])
CrowdedArgs = structure("CrowdedCumulationArgs", [("items", Items)] + [(n, P) for n in ("crowded", "crowdedCounts", "queryOrder", "keyOrder", "rows", "output")]
                        + [("rowStride", L), ("outputStride", L), ("scale", F), ("reserved", I * 3)])
STRIDES = [(n, L) for n in ("leftStride", "rightStride", "vectorStride", "outputStride", "sumStride")]
WeightedArgs = structure("WeightedArgs", [("items", Items)] + [(n, P) for n in ("entries", "order", "left", "right", "vectors", "output", "sums")]
                         + STRIDES + [("scale", F), ("sumScale", F), ("reserved", I * 2), ("own", P), ("ownStride", L)])
CrowdedWeightedArgs = structure("CrowdedWeightedArgs", [("items", Items)]
                                + [(n, P) for n in ("crowded", "crowdedCounts", "queryOrder", "keyOrder", "left", "right", "vectors", "output", "sums")]
                                + STRIDES + [("scale", F), ("sumScale", F), ("reserved", I * 2)])


def require_gpu():
    """One line and exit code 1 where these scripts cannot run."""
    if not torch.cuda.is_available():
        raise SystemExit("PyTorch finds no CUDA GPU here (nvidia-smi tells more)")
    if shutil.which("nvcc") is None:
        raise SystemExit("nvcc is not on the PATH: install the CUDA toolkit, or add its bin folder")


def compile_modules(width, sources=SOURCES, folder=KERNELS, defines=(), arch=None):
    """Compiles with nvcc, all sources at once, for the GPU that is here; returns {source: (cubin bytes, compiler's resource report)}."""
    require_gpu()
    arch = arch or "sm_{}{}".format(*torch.cuda.get_device_capability())

    def one(name):
        with tempfile.TemporaryDirectory() as out:
            cubin = Path(out) / "k.cubin"
            command = ["nvcc", "-std=c++17", f"-arch={arch}", "-cubin", f"-DYOSO_WIDTH={width}", *(f"-D{d}" for d in defines), "-Xptxas", "-v",
                       f"-I{KERNELS}", str(Path(folder) / f"{name}.cu"), "-o", str(cubin)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(done.stderr)
            return cubin.read_bytes(), done.stderr
    with ThreadPoolExecutor() as pool:
        return dict(zip(sources, pool.map(one, sources)))


class Modules:
    """Loaded kernels by name."""

    def __init__(self, compiled):
        torch.zeros(1, device="cuda")
        self.functions = {}
        self.report = {}
        for name, (image, report) in compiled.items():
            module = P()
            check(driver().cuModuleLoadData(ctypes.byref(module), image), f"load {name}")
            for line in report.splitlines():
                if "Compiling entry function" in line:
                    kernel = line.split("'")[1]
                    function = P()
                    check(driver().cuModuleGetFunction(ctypes.byref(function), module, kernel.encode()), kernel)
                    self.functions[kernel] = function
                elif "spill" in line:
                    self.report[kernel] = line.strip()
                elif "registers" in line:
                    self.report[kernel] += "; " + line.split(":")[-1].strip()

    def launch(self, kernel, grid, threads, shared, args):
        if grid == 0:
            return
        function = self.functions[kernel]
        if shared > 48 << 10:
            check(driver().cuFuncSetAttribute(function, 8, shared), f"{kernel}: {shared} bytes of shared memory")  # MAX_DYNAMIC_SHARED_SIZE_BYTES
        params = (P * 1)(ctypes.cast(ctypes.byref(args), P))
        stream = P(torch.cuda.current_stream().cuda_stream)
        check(driver().cuLaunchKernel(function, grid, 1, 1, threads, 1, 1, shared, stream, params, None), f"{kernel}, grid {grid}")


def rotations(width, hashes, tau, sampler):
    per = width // tau
    return -(-hashes // per) if sampler == 0 else max(tau, -(-hashes * tau // width))


def max_shared_bytes():
    value = I()
    check(driver().cuDeviceGetAttribute(ctypes.byref(value), 97, torch.cuda.current_device()), "cuDeviceGetAttribute")  # MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    return value.value


def pointer(tensor):
    return None if tensor is None else tensor.data_ptr()


class Attention:
    """One batch shape. Tensors are [T, H, W] float32, W a width of the kernels, contiguous or with wider rows."""

    def __init__(self, modules, lengths, heads, width, hashes, tau, sampler=0, group_bytes=1 << 40, max_shared=None):
        self.m, self.lengths, self.heads, self.width, self.hashes, self.tau, self.sampler = modules, list(lengths), heads, width, hashes, tau, sampler
        offsets = [0]
        for n in self.lengths:
            offsets.append(offsets[-1] + n)
        self.host_offsets = offsets
        self.tokens = offsets[-1]
        self.offsets = torch.tensor(offsets, dtype=torch.int32, device="cuda")
        self.item_count = len(self.lengths) * heads
        self.rotations = rotations(width, hashes, tau, sampler)
        self.query_codes = torch.empty(hashes * self.tokens * heads, dtype=torch.int16, device="cuda")
        self.key_codes = torch.empty_like(self.query_codes)
        self.max_shared = max_shared or max_shared_bytes()
        self.sort_threads = 0  # by rule
        self.groups = self._groups(group_bytes)
        most = max(tokens for _, _, tokens, _ in self.groups)
        items = max(count for _, count, _, _ in self.groups)
        size = hashes * most
        self.orders = [torch.empty(size, dtype=torch.int16, device="cuda") for _ in range(2)]
        self.entries = [torch.empty(size, dtype=torch.int32, device="cuda") for _ in range(2)]
        self.crowded = torch.empty(size // 6 + hashes * items + 1, dtype=torch.int64, device="cuda")
        self.counts = torch.empty(hashes * items, dtype=torch.int32, device="cuda")

    def _groups(self, limit):
        groups, first, tokens = [], 0, 0
        length = lambda item: self.lengths[item // self.heads]
        for item in range(self.item_count):
            if tokens > 0 and (tokens + length(item)) * self.hashes * 14 > limit:
                groups.append((first, item - first, tokens))
                first, tokens = item, 0
            tokens += length(item)
        groups.append((first, self.item_count - first, tokens))
        return [(f, c, t, max(length(i) for i in range(f, f + c))) for f, c, t in groups]

    def workspace_bytes(self):
        return sum(t.numel() * t.element_size() for t in [*self.orders, *self.entries, self.crowded, self.counts])

    def sign_words(self):
        return self.rotations * 3 * self.width // 32 * self.item_count

    def _items(self, first, count, longest, per_block):
        return Items(self.offsets.data_ptr(), self.heads, first, count, -(-longest // per_block), self.hashes, self.tau)

    def hash(self, query, key, signs):
        per_block = 128 if self.width <= 64 else 64 if self.width == 128 else 32
        values = min(self.width, 64)
        sides = 1 if key is None else 2
        items = self._items(0, self.item_count, max(self.lengths), per_block)
        args = HashArgs(items, query.data_ptr(), pointer(key), signs.data_ptr(), self.query_codes.data_ptr(), self.key_codes.data_ptr(),
                        query.stride(0), 0 if key is None else key.stride(0), self.rotations, self.sampler, sides, 0)
        shared = 4 * (values * 129 + 3 * self.width + self.rotations * (values // 32) * 128)
        self.m.launch("yoso_hadamard_hash", items.itemCount * items.blocksPerItem * sides, 128, shared, args)

    def sort(self, group, key_entries, plain=False):
        first, count, _, longest = group
        items = self._items(first, count, longest, 1)
        items.blocksPerItem = self.hashes
        range_bits = min(self.tau, 15)
        shared = 128 + (4 << range_bits) + 4 * ((longest + 1) // 2 * 2)
        in_shared = shared <= self.max_shared
        if not in_shared:
            shared = 128 + (4 << range_bits)
        args = SortArgs(items, self.query_codes.data_ptr(), self.key_codes.data_ptr(), self.orders[0].data_ptr(), self.orders[1].data_ptr(),
                        self.entries[0].data_ptr(), self.entries[1].data_ptr() if key_entries else None, None if plain else self.crowded.data_ptr(),
                        None if plain else self.counts.data_ptr(), range_bits, int(in_shared))
        self.m.launch("yoso_bucket_sort", count * self.hashes, self.sort_threads or (256 if shared <= 64 << 10 else 1024), shared, args)

    def cumulation(self, group, rows, output, gradient=False):
        first, count, _, longest = group
        name = "yoso_lsh_cumulation_gradient" if gradient else "yoso_lsh_cumulation"
        side = int(gradient)
        items = self._items(first, count, longest, 32)
        args = CumulationArgs(items, self.entries[side].data_ptr(), self.orders[1 - side].data_ptr(), rows.data_ptr(), output.data_ptr(), rows.stride(0), output.stride(0), 1 / self.hashes)
        self.m.launch(name, count * items.blocksPerItem, 256, 0, args)
        slices = self._items(first, count, longest, 1)
        slices.blocksPerItem = self.width // 16
        crowded = CrowdedArgs(slices, self.crowded.data_ptr(), self.counts.data_ptr(), self.orders[0].data_ptr(), self.orders[1].data_ptr(),
                              rows.data_ptr(), output.data_ptr(), rows.stride(0), output.stride(0), 1 / self.hashes)
        self.m.launch(name + "_crowded", count * slices.blocksPerItem, 256, 0, crowded)

    def forward(self, query, key, value, signs, output):
        self.hash(query, key, signs)
        for group in self.groups:
            self.sort(group, False)
            self.cumulation(group, value, output)

    def _weighted_args(self, group, side, left, right, vectors, output, sums, per_block):
        first, count, _, longest = group
        stride = lambda t: 0 if t is None else t.stride(0)
        return WeightedArgs(self._items(first, count, longest, per_block), self.entries[side].data_ptr(), self.orders[1 - side].data_ptr(), left.data_ptr(), right.data_ptr(),
                            vectors.data_ptr(), output.data_ptr(), pointer(sums), left.stride(0), right.stride(0), vectors.stride(0), output.stride(0), stride(sums),
                            self.tau / 2 / self.hashes, 1 / self.hashes)

    def weighted(self, group, query, key, value, gradient, dq, dk, dv):
        both = [("query", self._weighted_args(group, 0, gradient, value, key, dq, None, 32)), ("key", self._weighted_args(group, 1, value, gradient, query, dk, dv, 32))]
        for name, args in both:
            self.m.launch(f"yoso_weighted_{name}", args.items.itemCount * args.items.blocksPerItem, 256, 0, args)
        for name, args in both:
            items = Items.from_buffer_copy(args.items)
            items.blocksPerItem = self.width // 32
            crowded = CrowdedWeightedArgs(items, self.crowded.data_ptr(), self.counts.data_ptr(), self.orders[0].data_ptr(), self.orders[1].data_ptr(),
                                          *(getattr(args, field) for field in ("left", "right", "vectors", "output", "sums", "leftStride", "rightStride", "vectorStride", "outputStride", "sumStride", "scale", "sumScale")))
            self.m.launch(f"yoso_weighted_{name}_crowded", items.itemCount * items.blocksPerItem, 256, 0, crowded)

    def backward(self, query, key, value, gradient, dq, dk, dv):
        for group in self.groups:
            self.sort(group, True)
            self.weighted(group, query, key, value, gradient, dq, dk, dv)

    def backward_sampled(self, query, key, value, gradient, dq, dk, dv, seed):
        for group in self.groups:
            self.sort(group, True)
            self.cumulation(group, gradient, dv, gradient=True)
            self.sort(group, True, plain=True)
            for name, own, args in [("query", query, self._weighted_args(group, 0, gradient, value, key, dq, None, 4)), ("key", key, self._weighted_args(group, 1, value, gradient, query, dk, None, 4))]:
                args.own, args.ownStride, args.reserved[0] = own.data_ptr(), own.stride(0), seed
                self.m.launch(f"yoso_weighted_{name}_sampled", args.items.itemCount * args.items.blocksPerItem, 128, 0, args)
