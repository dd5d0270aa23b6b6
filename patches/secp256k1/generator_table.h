/* The multiples of the generator that libsecp256k1 0.4 signs and makes public keys with are points: 32 to 64 kB that no
 * compression shrinks, a seventh of the package. On wasm32 they are computed instead, once, by the first context, in a few
 * milliseconds. `.cargo/config.toml` has clang include this file before each file of the library.
 *
 * What the library wants in row i and column k: k * 16^i * G + U_i, where nobody knows the discrete logarithm of a U_i,
 * and the sum of all U_i is nothing (ecmult_gen_impl.h). */
#ifndef PAYGRESS_GENERATOR_TABLE_H
#define PAYGRESS_GENERATOR_TABLE_H

#define SECP256K1_BUILD
#include "util.h"
#include "field_impl.h"
#include "scalar_impl.h"
#include "group_impl.h"
#include "hash_impl.h"
#include "ecmult_gen.h"

#define SECP(name) rustsecp256k1_v0_10_0_##name
#define ROWS ECMULT_GEN_PREC_N(ECMULT_GEN_PREC_BITS)
#define COLUMNS ECMULT_GEN_PREC_G(ECMULT_GEN_PREC_BITS)

static SECP(ge_storage) paygress_generator_table[ROWS][COLUMNS];

/* The library's code, with our table for its own, and its builder under another name. */
#define SECP256K1_PRECOMPUTED_ECMULT_GEN_H
#define rustsecp256k1_v0_10_0_ecmult_gen_prec_table paygress_generator_table
#define rustsecp256k1_v0_10_0_ecmult_gen_context_build paygress_context_build
static void paygress_context_build(SECP(ecmult_gen_context) * ctx);
#include "ecmult_gen_impl.h"
#undef rustsecp256k1_v0_10_0_ecmult_gen_prec_table
#undef rustsecp256k1_v0_10_0_ecmult_gen_context_build

static void paygress_fill_generator_table(void) {
    /* As the library makes it, so that both tables are the same: the point of this x, plus G. */
    static const unsigned char nobody_knows[33] = "The scalar for this x is unknown";
    SECP(gej) base, first, offset, row[COLUMNS];
    SECP(ge) point, points[COLUMNS];
    SECP(fe) x;
    int i, k;

    SECP(fe_set_b32_mod)(&x, nobody_knows);
    SECP(ge_set_xo_var)(&point, &x, 0);
    SECP(gej_set_ge)(&first, &point);
    SECP(gej_add_ge_var)(&first, &first, &SECP(ge_const_g), NULL);
    SECP(gej_set_ge)(&base, &SECP(ge_const_g));
    offset = first;
    for (i = 0; i < ROWS; i++) {
        if (i == ROWS - 1) {
            /* The offsets so far are 1, 2, 4, ... times the first: their sum, taken away. */
            SECP(gej_neg)(&offset, &offset);
            SECP(gej_add_var)(&offset, &offset, &first, NULL);
        }
        row[0] = offset;
        for (k = 1; k < COLUMNS; k++) {
            SECP(gej_add_var)(&row[k], &row[k - 1], &base, NULL);
        }
        SECP(ge_set_all_gej_var)(points, row, COLUMNS);
        for (k = 0; k < COLUMNS; k++) {
            SECP(ge_to_storage)(&paygress_generator_table[i][k], &points[k]);
        }
        SECP(gej_double_var)(&offset, &offset, NULL);
        for (k = 0; k < ECMULT_GEN_PREC_BITS; k++) {
            SECP(gej_double_var)(&base, &base, NULL);
        }
    }
}

static void SECP(ecmult_gen_context_build)(SECP(ecmult_gen_context) * ctx) {
    static int filled = 0;
    if (!filled) {
        paygress_fill_generator_table();
        filled = 1;
    }
    paygress_context_build(ctx);
}

#undef SECP
#undef ROWS
#undef COLUMNS

#endif
