// SPDX-License-Identifier: MIT
// Hash codes: sign bits of three rounds of (random sign flip, Hadamard transform). One thread transforms up to 64 values in
// registers (2 or 4 threads a vector beyond), a block 128 / threads-a-vector tokens of one item.
// The stages of a transform run in the order of Yoso.Cpu's kernel, so that every rounding is the same and with it every code.
// O(rotations * W log W) additions a token; the random signs cost one multiplication for every two values.
#include "Items.cuh"

struct HadamardHashArgs {
    YosoItems items;
    const float* query;
    const float* key;
    const unsigned* signs;
    unsigned short* queryCodes;
    unsigned short* keyCodes;
    long long queryStride;
    long long keyStride;
    int rotations;
    int sampler;
    int sides;
    int reserved;
};
static_assert(sizeof(HadamardHashArgs) == 104, "the caller fills this structure by its layout");

namespace yoso {

constexpr int HashThreads = 128;
constexpr int Rounds = 3;
constexpr int Values = Width < 64 ? Width : 64;    // of one thread
constexpr int VectorThreads = Width / Values;      // threads of one vector
constexpr int Tokens = HashThreads / VectorThreads;
constexpr int Words = Values / 32;                 // of sign bits a thread and rotation
constexpr int InputStride = HashThreads + 1;       // so that neither the rows coming in nor the columns going out share a bank

// Smallest distance of the stages that a backward transform begins with; those below it come last.
constexpr int UpperFactor = Width == 32 ? 4 : Width == 64 ? 8 : Width == 128 ? 16 : 32;

template <int Distance>
__device__ inline void Stage(float (&x)[Values]) {
    if constexpr (Distance < Values) {
#pragma unroll
        for (int c = 0; c < Values; c++) {
            if ((c & Distance) == 0) {
                float a = x[c], b = x[c + Distance];
                x[c] = a + b;
                x[c + Distance] = a - b;
            }
        }
    } else {
        constexpr int lanes = Distance / Values;
        bool upper = (threadIdx.x & lanes) != 0;
#pragma unroll
        for (int c = 0; c < Values; c++) {
            float other = __shfl_xor_sync(AllLanes, x[c], lanes);
            x[c] = upper ? other - x[c] : x[c] + other;
        }
    }
}

// Stages From, 2 From, .. below To.
template <int From, int To>
__device__ inline void Stages(float (&x)[Values]) {
    if constexpr (From < To) {
        Stage<From>(x);
        Stages<2 * From, To>(x);
    }
}

// The sign flip of a round and its first stage: signs are +1 or -1, so the products are exact.
template <int Distance>
__device__ inline void FlipAndStage(float (&x)[Values], const float* signs) {
    const float4* four = reinterpret_cast<const float4*>(signs + static_cast<int>(threadIdx.x % VectorThreads) * Values);
#pragma unroll
    for (int c = 0; c < Values; c += 4) {
        float4 s = four[c / 4];
        x[c] *= s.x;
        x[c + 1] *= s.y;
        x[c + 2] *= s.z;
        x[c + 3] *= s.w;
    }
    Stage<Distance>(x);
}

template <bool Backwards>
__device__ inline void Round(float (&x)[Values], const float* signs) {
    if constexpr (Backwards) {
        FlipAndStage<UpperFactor>(x, signs);
        Stages<2 * UpperFactor, Width>(x);
        if constexpr (Width == 128) {  // factors 4 x 4 x 8
            Stages<4, UpperFactor>(x);
            Stages<1, 4>(x);
        } else if constexpr (Width == 256) {  // 4 x 8 x 8
            Stages<4, UpperFactor>(x);
            Stages<1, 4>(x);
        } else {
            Stages<1, UpperFactor>(x);
        }
    } else {
        FlipAndStage<1>(x, signs);
        Stages<2, Width>(x);
    }
}

// Rows to columns: element c of vector v at input[c % Values][v * VectorThreads + c / Values]; zeros past the last token.
__device__ inline void LoadTokens(const float* rows, long long stride, int first, int length, float* input) {
    for (int i = threadIdx.x; i < Tokens * Width / 4; i += HashThreads) {
        int token = i / (Width / 4), c = i % (Width / 4) * 4;
        float4 x = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        if (first + token < length) {
            x = __ldg(reinterpret_cast<const float4*>(rows + (first + token) * stride + c));
        }
        float* to = input + c % Values * InputStride + token * VectorThreads + c / Values;
        to[0] = x.x;
        to[InputStride] = x.y;
        to[2 * InputStride] = x.z;
        to[3 * InputStride] = x.w;
    }
}

__device__ inline void LoadSigns(const unsigned* words, float* signs) {
    for (int i = threadIdx.x; i < Rounds * Width; i += HashThreads) {
        signs[i] = (words[i / 32] >> (i % 32)) & 1 ? -1.0f : 1.0f;
    }
}

// The sign bits of all rotations of one vector: word w of rotation r, 32 coordinates each.
struct SignBits {
    const unsigned* bits;  // [rotations][Words][HashThreads]
    int firstThread;       // of the vector

    __device__ unsigned word(int rotation, int w) const {
        return bits[(rotation * Words + w % Words) * HashThreads + firstThread + w / Words];
    }

    // Shared: code length consecutive coordinates of one rotation.
    __device__ unsigned consecutive(int rotation, int from, int count) const {
        unsigned bit = from % 32;
        unsigned code = word(rotation, from / 32) >> bit;
        if (bit + count > 32) {
            code |= word(rotation, from / 32 + 1) << (32 - bit);
        }
        return code & ((1u << count) - 1);
    }

    // Spread: bit b of all codes, hash after hash, is coordinate b / rotations of rotation b % rotations.
    __device__ unsigned dealt(int from, int count, int rotations) const {
        unsigned code = 0;
        int rotation = from % rotations, coordinate = from / rotations;
        for (int b = 0; b < count; b++) {
            code |= ((word(rotation, coordinate / 32) >> (coordinate % 32)) & 1) << b;
            if (++rotation == rotations) {
                rotation = 0;
                coordinate++;
            }
        }
        return code;
    }
};

} // namespace yoso

extern "C" __global__ void __launch_bounds__(yoso::HashThreads, 4) yoso_hadamard_hash(const HadamardHashArgs args) {
    using namespace yoso;
    YOSO_DYNAMIC_SHARED(dynamicShared);
    float* signs = reinterpret_cast<float*>(dynamicShared);                           // [3, W]
    unsigned* bits = reinterpret_cast<unsigned*>(signs + Rounds * Width);             // [rotations, Words, threads]
    float* input = reinterpret_cast<float*>(bits + args.rotations * Words * HashThreads);  // [Values, threads + 1]
    int perSide = args.items.itemCount * args.items.blocksPerItem;
    bool isKey = static_cast<int>(blockIdx.x) >= perSide;
    int block = isKey ? static_cast<int>(blockIdx.x) - perSide : static_cast<int>(blockIdx.x);
    Item item(args.items, block / args.items.blocksPerItem);
    int first = block % args.items.blocksPerItem * Tokens;
    if (first >= item.length) {
        return;
    }

    long long stride = isKey ? args.keyStride : args.queryStride;
    LoadTokens(item.rows(isKey ? args.key : args.query, stride), stride, first, item.length, input);
    const unsigned* words = args.signs + static_cast<long long>(item.number) * args.rotations * Rounds * (Width / 32);
    for (int rotation = 0; rotation < args.rotations; rotation++) {
        LoadSigns(words + rotation * Rounds * (Width / 32), signs);
        __syncthreads();
        float x[Values];
#pragma unroll
        for (int c = 0; c < Values; c++) {
            x[c] = input[c * InputStride + threadIdx.x];
        }
        Round<false>(x, signs);
        Round<true>(x, signs + Width);
        Round<false>(x, signs + 2 * Width);
#pragma unroll
        for (int w = 0; w < Words; w++) {
            unsigned word = 0;
#pragma unroll
            for (int c = 0; c < 32; c++) {
                word |= x[w * 32 + c] > 0.0f ? 1u << c : 0u;
            }
            bits[(rotation * Words + w) * HashThreads + threadIdx.x] = word;
        }
        __syncthreads();
    }

    int token = first + static_cast<int>(threadIdx.x) / VectorThreads;
    if (token >= item.length) {
        return;
    }
    SignBits vector = {bits, static_cast<int>(threadIdx.x) / VectorThreads * VectorThreads};
    unsigned short* codes = (isKey ? args.keyCodes : args.queryCodes) + item.codes + token;
    int length = args.items.codeLength, perRotation = Width / length;
    for (int hash = threadIdx.x % VectorThreads; hash < args.items.hashCount; hash += VectorThreads) {
        unsigned code = args.sampler == 0
            ? vector.consecutive(hash / perRotation, hash % perRotation * length, length)
            : vector.dealt(hash * length, length, args.rotations);
        codes[static_cast<long long>(hash) * item.length] = static_cast<unsigned short>(code);
    }
}
