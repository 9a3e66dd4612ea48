/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/*
 * Matrix product, convolution, attention. ops/ref needs about a nanosecond for a multiplication: of outputs that would
 * take it longer than REF_PRODUCTS it computes a sample, the first and the last among them.
 */

#include "limn-op-case.h"

#include "ops/limn-op-attention.h"
#include "ops/limn-op-conv.h"
#include "ops/limn-op-matmul.h"
#include "ops/limn-product.h"
#include "ops/ref/limn-ref.h"

#include <math.h>

#define REF_PRODUCTS 8e6

/* How many of @n outputs of @products each are looked at. */
static guint64
sample_size (guint64 n,
             guint64 products)
{
  return CLAMP ((guint64) (REF_PRODUCTS / products), MIN (n, 256), n);
}

/* Output @i of the sample. The step is a prime near the golden section of 2^32, so that a sample spreads evenly over rows
 * and columns. */
static guint64
sample_at (guint64 i,
           guint64 count,
           guint64 n)
{
  return count == n ? i : i + 1 == count ? n - 1 : i * 2654435761u % n;
}

/* ---- matrix product ---- */

typedef enum
{
  WITH_BIAS = 1,
  WITH_SAMPLE_BIAS = 2,
  WITH_RESIDUAL = 4,
  IN_PLACE = 8, /* the residual is the output */
  VIEWS = 16,   /* a and y are columns of wider matrices */
} Features;

typedef struct
{
  guint          m; /* rows of a sample */
  guint          n;
  guint          k;
  guint          samples;
  Features       features;
  LimnActivation activation;
} Matmul;

typedef struct
{
  Features       features;
  LimnActivation activation;
  LimnConvMode   mode;
} Product;

static const LimnRefActivation ref_activations[] = {
  [LIMN_ACTIVATION_NONE] = LIMN_REF_NONE,
  [LIMN_ACTIVATION_SILU] = LIMN_REF_SILU,
  [LIMN_ACTIVATION_QUICK_GELU] = LIMN_REF_QUICK_GELU,
  [LIMN_ACTIVATION_GELU] = LIMN_REF_GELU,
  [LIMN_ACTIVATION_RELU] = LIMN_REF_RELU,
};

/* On software each kernel costs a second or two of compilation, and the activation, a function of its own and the same
 * for every storage, is one more kernel: each is tested with one. */
static LimnActivation
choose_activation (const LimnOpTest *test,
                   LimnActivation    activation)
{
  LimnDtype dtype = activation == LIMN_ACTIVATION_QUICK_GELU ? LIMN_DTYPE_F16 : LIMN_DTYPE_F32;

  return test->dtype == dtype ? activation : LIMN_ACTIVATION_NONE;
}

static LimnEpilogue
make_epilogue (const Product  *product,
               LimnTensor    **in)
{
  LimnEpilogue epilogue = { .activation = product->activation };
  guint i = 1;

  if (product->features & WITH_BIAS)
    epilogue.bias = in[i++];
  if (product->features & WITH_SAMPLE_BIAS)
    epilogue.sample_bias = in[i++];
  if (product->features & WITH_RESIDUAL)
    epilogue.residual = in[i++];
  return epilogue;
}

/* Adds what the epilogue wants; the same order as in make_epilogue(). */
static LimnRefEpilogue
add_epilogue (LimnOpCase       *c,
              const LimnOpTest *test,
              const Product    *product)
{
  const LimnOpInput *out = &c->out;
  LimnRefEpilogue ref = {
    .rows_per_sample = (gsize) out->h * out->w,
    .activation = ref_activations[product->activation],
  };

  if (product->features & WITH_BIAS)
    ref.bias = limn_op_case_input (c, LIMN_DTYPE_F32, 1, 1, 1, out->c, (LimnOpData) { 0.0, 0.5 })->values;
  if (product->features & WITH_SAMPLE_BIAS)
    ref.sample_bias = limn_op_case_input (c, test->dtype, out->n, 1, 1, out->c, (LimnOpData) { 0.0, 0.5 })->values;
  if (product->features & WITH_RESIDUAL)
    {
      LimnOpInput *residual =
        limn_op_case_input (c, out->dtype, out->n, out->h, out->w, out->c, (LimnOpData) { 0.0, 1.0 });

      residual->is_output = (product->features & IN_PLACE) != 0;
      ref.residual = residual->values;
    }
  return ref;
}

static gboolean
record_matmul (LimnGraph     *graph,
               LimnTensor    *y,
               LimnTensor   **in,
               LimnWeights   *weights,
               gconstpointer  user_data,
               GError       **error)
{
  LimnEpilogue epilogue = make_epilogue (user_data, in);

  return limn_op_matmul (graph, y, in[0], weights, &epilogue, error);
}

/* Returns: (nullable): the values that were computed, for a comparison of variants */
static float *
check_matmul (const LimnOpTest *test,
              const Matmul     *t,
              guint             seed)
{
  const Product product = { t->features, choose_activation (test, t->activation), 0 };
  g_autoptr (LimnOpCase) c =
    limn_op_case_new (test->gpu, seed, "matmul %u x %u x %u (m, n, k), %u samples, features %d, activation %d", t->m,
                      t->n, t->k, t->samples, t->features, product.activation);
  guint64 n_values = (guint64) t->samples * t->m * t->n, count = sample_size (n_values, t->k);
  LimnOpInput *a = limn_op_case_input (c, test->dtype, t->samples, t->m, 1, t->k, (LimnOpData) { 0.0, 1.0 });
  LimnRefEpilogue ref;

  limn_op_case_weights (c, test->dtype, t->n, t->k, 1);
  limn_op_case_output (c, test->dtype, t->samples, t->m, 1, t->n);
  if (t->features & VIEWS)
    {
      if (t->k % LIMN_TEXEL == 0)
        {
          a->before = 8;
          a->after = 12;
        }
      c->out.before = 4;
      c->out.after = 16;
    }
  ref = add_epilogue (c, test, &product);
  if (!limn_op_case_run (c, record_matmul, &product))
    return NULL;
  for (guint64 k = 0; k < count; k++)
    {
      guint64 at = sample_at (k, count, n_values);

      limn_op_case_compare_at (c, at / t->n, at % t->n,
                               limn_ref_matmul_at (c->in[0].values, c->weights, t->n, t->k, at / t->n, at % t->n, &ref));
    }
  /* llvmpipe (Mesa 22.3): 7.3e-13, of 5120 products */
  limn_op_case_assert_nmse (c, limn_op_test_bound (test, 3e-12));
  return g_steal_pointer (&c->out.values);
}

static void
test_matmul (const LimnOpTest *test)
{
  static const Matmul table[] = {
    { 1, 1, 1, 1, 0, 0 },
    { 1, 7, 5, 1, WITH_BIAS, 0 },
    { 3, 16, 4, 1, 0, LIMN_ACTIVATION_SILU },
    { 8, 8, 8, 1, WITH_BIAS | WITH_RESIDUAL, 0 },
    { 15, 15, 15, 2, WITH_BIAS | WITH_SAMPLE_BIAS, LIMN_ACTIVATION_SILU },
    { 16, 16, 16, 1, WITH_RESIDUAL | IN_PLACE, 0 },
    { 17, 17, 17, 3, WITH_BIAS | WITH_SAMPLE_BIAS | WITH_RESIDUAL, LIMN_ACTIVATION_GELU },
    { 19, 18, 17, 1, WITH_BIAS | WITH_RESIDUAL, LIMN_ACTIVATION_RELU },
    { 63, 65, 64, 1, WITH_BIAS, LIMN_ACTIVATION_QUICK_GELU },
    { 64, 64, 63, 2, WITH_RESIDUAL | IN_PLACE | VIEWS, 0 },
    { 251, 127, 61, 1, WITH_BIAS | WITH_RESIDUAL | IN_PLACE, 0 },
    { 129, 48, 640, 1, VIEWS, 0 },
    /* SD 1.x: time embedding, text encoder, cross-attention's keys, attention's output, GEGLU's two ways, VAE */
    { 1, 1280, 320, 2, WITH_BIAS, LIMN_ACTIVATION_SILU },
    { 77, 3072, 768, 1, WITH_BIAS, LIMN_ACTIVATION_QUICK_GELU },
    { 77, 320, 768, 2, 0, 0 },
    { 4096, 320, 320, 1, WITH_BIAS | WITH_RESIDUAL, 0 },
    { 256, 2560, 1280, 1, WITH_BIAS, 0 },
    { 64, 1280, 5120, 2, WITH_BIAS | WITH_RESIDUAL | IN_PLACE, 0 },
    { 4096, 4, 4, 1, WITH_BIAS, 0 },
    /* rows of more than a slab */
    { 20000, 64, 32, 1, WITH_BIAS, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_free (check_matmul (test, &table[i], 300 + i));
}

/* Storages mixed: float32 activations by float16 weights into float16, and the other way. */
static void
test_matmul_mixed (const LimnOpTest *test)
{
  static const Product product = { WITH_BIAS | WITH_RESIDUAL, LIMN_ACTIVATION_NONE, 0 };
  LimnDtype other = test->dtype == LIMN_DTYPE_F16 ? LIMN_DTYPE_F32 : LIMN_DTYPE_F16;
  g_autoptr (LimnOpCase) c = limn_op_case_new (test->gpu, 350, "matmul of mixed storages");
  LimnRefEpilogue ref;

  limn_op_case_input (c, other, 1, 70, 1, 132, (LimnOpData) { 0.0, 1.0 });
  limn_op_case_weights (c, test->dtype, 50, 132, 1);
  limn_op_case_output (c, test->dtype, 1, 70, 1, 50);
  ref = add_epilogue (c, test, &product);
  if (!limn_op_case_run (c, record_matmul, &product))
    return;
  for (guint row = 0; row < 70; row++)
    for (guint i = 0; i < 50; i++)
      limn_op_case_compare_at (c, row, i,
                               limn_ref_matmul_at (c->in[0].values, c->weights, 50, 132, row, i, &ref));
  limn_op_case_assert_nmse (c, limn_op_test_bound (test, 3e-12));
}

/* ---- convolution ---- */

typedef struct
{
  guint          n;
  guint          h;
  guint          w;
  guint          c_in;
  guint          c_out;
  LimnConvMode   mode;
  Features       features;
  LimnActivation activation;
  double         mean;
} Conv;

static gboolean
record_conv (LimnGraph     *graph,
             LimnTensor    *y,
             LimnTensor   **in,
             LimnWeights   *weights,
             gconstpointer  user_data,
             GError       **error)
{
  const Product *product = user_data;
  LimnEpilogue epilogue = make_epilogue (product, in);

  return limn_op_conv3x3 (graph, y, in[0], weights, product->mode, &epilogue, error);
}

static void
check_conv (const LimnOpTest *test,
            const Conv       *t,
            guint             seed,
            double            f32)
{
  static const char * const names[] = { "same", "down", "down-asymmetric", "up" };
  const Product product = { t->features, choose_activation (test, t->activation), t->mode };
  const LimnRefConv conv = {
    .n = t->n, .h = t->h, .w = t->w, .c_in = t->c_in, .c_out = t->c_out,
    .mode = (LimnRefConvMode) t->mode,
  };
  guint h = limn_ref_conv_size (conv.mode, t->h), w = limn_ref_conv_size (conv.mode, t->w);
  g_autoptr (LimnOpCase) c = limn_op_case_new (test->gpu, seed, "conv %s %u x %u x %u, %u to %u, features %d, mean %g",
                                               names[t->mode], t->n, t->h, t->w, t->c_in, t->c_out, t->features, t->mean);
  guint64 n_values = (guint64) t->n * h * w * t->c_out, count = sample_size (n_values, 9 * t->c_in);
  LimnRefEpilogue ref;

  g_assert_cmpuint (limn_conv_get_output_size (t->mode, t->h), ==, h);
  limn_op_case_input (c, test->dtype, t->n, t->h, t->w, t->c_in, (LimnOpData) { t->mean, 1.0 });
  limn_op_case_weights (c, test->dtype, t->c_out, t->c_in, 9);
  limn_op_case_output (c, test->dtype, t->n, h, w, t->c_out);
  ref = add_epilogue (c, test, &product);
  if (!limn_op_case_run (c, record_conv, &product))
    return;
  for (guint64 k = 0; k < count; k++)
    {
      guint64 at = sample_at (k, count, n_values);

      limn_op_case_compare_at (c, at / t->c_out, at % t->c_out,
                               limn_ref_conv3x3_at (&conv, c->in[0].values, c->weights, at / t->c_out, at % t->c_out,
                                                    &ref));
    }
  limn_op_case_assert_nmse (c, limn_op_test_bound (test, f32));
}

static void
test_conv_same (const LimnOpTest *test)
{
  static const Conv table[] = {
    { 1, 1, 1, 1, 1, LIMN_CONV_SAME, 0, 0, 0.0 },
    { 1, 2, 3, 4, 4, LIMN_CONV_SAME, WITH_BIAS, 0, 0.0 },
    { 1, 5, 7, 3, 5, LIMN_CONV_SAME, WITH_BIAS, 0, 0.0 },
    { 2, 3, 5, 17, 33, LIMN_CONV_SAME, WITH_BIAS | WITH_SAMPLE_BIAS, LIMN_ACTIVATION_SILU, 0.0 },
    { 2, 8, 8, 32, 32, LIMN_CONV_SAME, WITH_BIAS | WITH_RESIDUAL, 0, 0.0 },
    /* where Winograd may serve: whole tiles of 4, ragged ones, a batch */
    { 1, 16, 16, 96, 96, LIMN_CONV_SAME, WITH_BIAS | WITH_RESIDUAL | IN_PLACE, 0, 0.0 },
    { 1, 13, 17, 128, 128, LIMN_CONV_SAME, WITH_BIAS | WITH_SAMPLE_BIAS, 0, 0.0 },
    { 3, 15, 18, 64, 80, LIMN_CONV_SAME, WITH_BIAS | WITH_SAMPLE_BIAS | WITH_RESIDUAL, 0, 0.0 },
    { 1, 33, 31, 61, 67, LIMN_CONV_SAME, WITH_BIAS, 0, 0.0 },
    { 1, 32, 32, 128, 128, LIMN_CONV_SAME, WITH_BIAS, 0, 10.0 },
    /* SD 1.x: first and last of the UNet, a residual block, the middle at 576 px; VAE: last, and at 128 x 128 */
    { 1, 64, 64, 4, 320, LIMN_CONV_SAME, WITH_BIAS, 0, 0.0 },
    { 1, 64, 64, 320, 4, LIMN_CONV_SAME, WITH_BIAS, 0, 0.0 },
    { 1, 32, 32, 320, 640, LIMN_CONV_SAME, WITH_BIAS | WITH_SAMPLE_BIAS, 0, 0.0 },
    { 1, 9, 9, 1280, 640, LIMN_CONV_SAME, WITH_BIAS, 0, 0.0 },
    { 2, 16, 16, 1280, 320, LIMN_CONV_SAME, WITH_BIAS, 0, 0.0 },
    { 1, 128, 128, 128, 3, LIMN_CONV_SAME, WITH_BIAS, 0, 0.0 },
    { 1, 128, 128, 128, 64, LIMN_CONV_SAME, WITH_BIAS | WITH_RESIDUAL, 0, 0.0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    /* llvmpipe (Mesa 22.3): 8.8e-12, by Winograd, and 4.8e-11 of 1280 inputs; direct 9e-13 and 2.4e-12 */
    check_conv (test, &table[i], 400 + i, table[i].c_in > 1000 ? 2e-10 : 3.3e-11);
}

static void
test_conv_other (const LimnOpTest *test)
{
  static const struct
  {
    guint n;
    guint h;
    guint w;
    guint c_in;
    guint c_out;
  } sizes[] = {
    { 1, 2, 2, 1, 1 },    { 1, 2, 3, 8, 8 },     { 2, 7, 5, 32, 48 },   { 1, 12, 16, 96, 64 },
    { 2, 13, 17, 33, 7 }, { 1, 32, 32, 128, 96 }, { 1, 64, 66, 64, 64 },
  };

  for (int mode = LIMN_CONV_DOWN; mode <= LIMN_CONV_UP; mode++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      {
        const Conv t = { sizes[i].n, sizes[i].h, sizes[i].w, sizes[i].c_in, sizes[i].c_out, mode, WITH_BIAS, 0, 0.0 };

        /* llvmpipe (Mesa 22.3): 2.9e-13; doubled, by Winograd, 4.2e-12 */
        check_conv (test, &t, 440 + 10 * mode + i, mode == LIMN_CONV_UP ? 1.7e-11 : 1.2e-12);
      }
}

/* ---- attention ---- */

static gboolean
record_attention (LimnGraph     *graph,
                  LimnTensor    *y,
                  LimnTensor   **in,
                  LimnWeights   *weights,
                  gconstpointer  user_data,
                  GError       **error)
{
  const LimnRefAttention *t = user_data;

  return limn_op_attention (graph, y, in[0], in[1], in[2], t->heads, t->causal, t->scale, error);
}

typedef struct
{
  guint    n;
  guint    t;
  guint    s;
  guint    heads;
  guint    d;
  gboolean causal;
  double   std;
} Attention;

static void
check_attention (const LimnOpTest *test,
                 const Attention  *a,
                 guint             seed)
{
  const LimnRefAttention t = {
    .n = a->n, .t = a->t, .s = a->s, .heads = a->heads, .d = a->d, .causal = a->causal, .scale = 1.0 / sqrt (a->d),
  };
  guint columns = a->heads * a->d;
  g_autoptr (LimnOpCase) c = limn_op_case_new (test->gpu, seed, "attention %u x %u on %u, %u heads of %u%s, std %g", a->n,
                                               a->t, a->s, a->heads, a->d, a->causal ? ", causal" : "", a->std);
  guint64 n_outputs = t.n * t.t * t.heads, count = sample_size (n_outputs, 2 * t.s * t.d);
  g_autofree double *expected = g_new (double, t.d);

  for (guint k = 0; k < 3; k++)
    {
      LimnOpInput *in = limn_op_case_input (c, test->dtype, a->n, k == 0 ? a->t : a->s, 1, columns,
                                            (LimnOpData) { 0.0, k == 2 ? 1.0 : a->std });

      /* As when q, k and v are three parts of one product. */
      if (seed % 2 == 1)
        {
          in->before = k * columns;
          in->after = (2 - k) * columns;
        }
    }
  limn_op_case_output (c, test->dtype, a->n, a->t, 1, columns);
  if (!limn_op_case_run (c, record_attention, &t))
    return;
  for (guint64 k = 0; k < count; k++)
    {
      guint64 at = sample_at (k, count, n_outputs);
      guint64 row = at / t.heads;
      guint head = at % t.heads;

      limn_ref_attention_at (&t, expected, c->in[0].values, c->in[1].values, c->in[2].values, row / t.t, row % t.t, head);
      for (guint d = 0; d < t.d; d++)
        limn_op_case_compare_at (c, row, head * t.d + d, expected[d]);
    }
  /* llvmpipe (Mesa 22.3): 6.6e-13, with 4096 keys 2.5e-12, with scores of hundreds 8.1e-12 */
  limn_op_case_assert_nmse (c, limn_op_test_bound (test, a->std > 1.0 ? 3.2e-11 : a->s > 1024 ? 1e-11 : 2.7e-12));
}

static void
test_attention (const LimnOpTest *test)
{
  static const Attention table[] = {
    { 1, 1, 1, 1, 8, FALSE, 1.0 },
    { 1, 7, 5, 2, 8, FALSE, 1.0 },
    { 2, 13, 13, 3, 36, TRUE, 1.0 },
    { 1, 64, 64, 4, 8, FALSE, 1.0 },
    { 1, 65, 63, 2, 36, FALSE, 1.0 },
    { 1, 257, 131, 1, 64, FALSE, 1.0 },
    /* scores of a few hundreds: without the running maximum they overflow */
    { 1, 33, 70, 2, 40, FALSE, 10.0 },
    { 1, 40, 40, 2, 40, TRUE, 10.0 },
    /* scores beyond 65504, what float16 holds: SD 2.1's are reported so; the VAE's head */
    { 1, 33, 70, 2, 64, FALSE, 160.0 },
    { 1, 40, 70, 1, 512, FALSE, 160.0 },
    /* SD 1.x: text encoder; UNet's self- and cross-attention; the VAE's one head of 512 */
    { 2, 77, 77, 12, 64, TRUE, 1.0 },
    { 1, 1024, 1024, 2, 40, FALSE, 1.0 },
    { 2, 256, 77, 8, 80, FALSE, 1.0 },
    { 1, 64, 64, 8, 160, FALSE, 1.0 },
    { 1, 256, 256, 1, 512, FALSE, 1.0 },
    { 2, 33, 45, 2, 256, FALSE, 1.0 },
    /* more queries than a slab of 1 MiB holds (640 columns of 4 bytes: 409) */
    { 1, 1000, 77, 8, 80, FALSE, 1.0 },
    /* the VAE's keys at 512 x 512 */
    { 1, 40, 4096, 1, 512, FALSE, 1.0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    check_attention (test, &table[i], 500 + i);
}

/* ---- the kernels of hardware ---- */

static void
choose (const LimnOpTest *test,
        const char       *key,
        const char       *variant)
{
  limn_arena_set_choice (test->gpu->arena, key, variant);
  if (test->gpu->limited_arena != NULL)
    limn_arena_set_choice (test->gpu->limited_arena, key, variant);
}

/* What serves GPUs runs on software as well, only slower: every variant of the product gives the same bits. */
static void
test_product_hardware (const LimnOpTest *test)
{
  static const Matmul matmuls[] = {
    { 17, 17, 17, 3, WITH_BIAS | WITH_SAMPLE_BIAS | WITH_RESIDUAL, 0 },
    { 64, 64, 63, 2, WITH_RESIDUAL | IN_PLACE | VIEWS, 0 },
    { 129, 130, 65, 1, WITH_BIAS, 0 },
    { 2500, 136, 32, 1, WITH_BIAS, 0 },
  };
  static const Conv convs[] = {
    { 2, 7, 5, 33, 49, LIMN_CONV_DOWN, WITH_BIAS, 0, 0.0 },
    { 1, 12, 16, 32, 70, LIMN_CONV_DOWN_ASYMMETRIC, WITH_BIAS, 0, 0.0 },
    { 1, 40, 66, 32, 8, LIMN_CONV_SAME, WITH_BIAS, 0, 0.0 },
    { 2, 5, 7, 32, 36, LIMN_CONV_UP, WITH_BIAS, 0, 0.0 },
  };
  const char * const *variants = limn_product_list_variants (LIMN_GL_OTHER);
  float *first[G_N_ELEMENTS (matmuls)] = { NULL };

  /* On software each variant is a second of compilation once more: the others in float32 only, and convolution, which
   * differs before the loop that the variants differ in, with the first. */
  for (guint v = 0; variants[v] != NULL && (v == 0 || test->dtype == LIMN_DTYPE_F32); v++)
    {
      g_test_message ("%s", variants[v]);
      choose (test, LIMN_PRODUCT_ANY, variants[v]);
      for (guint i = 0; i < G_N_ELEMENTS (matmuls); i++)
        {
          const Matmul *t = &matmuls[i];
          g_autofree float *values = check_matmul (test, t, 600 + i);

          if (v == 0)
            first[i] = g_steal_pointer (&values);
          else if (values != NULL)
            g_assert_cmpmem (values, (gsize) t->samples * t->m * t->n * sizeof (float), first[i],
                             (gsize) t->samples * t->m * t->n * sizeof (float));
        }
      for (guint i = 0; v == 0 && i < G_N_ELEMENTS (convs); i++)
        check_conv (test, &convs[i], 610 + i, 1.7e-11);
    }
  choose (test, LIMN_PRODUCT_ANY, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (matmuls); i++)
    g_free (first[i]);
}

static void
test_attention_hardware (const LimnOpTest *test)
{
  /* Few and small widths of a head: llvmpipe takes 3 s to compile the one of 40, 5 s for 64 and for 512, the one wide
   * enough to be cut into slices, which is therefore tested in float32 only. */
  static const Attention table[] = {
    { 1, 7, 5, 2, 8, FALSE, 1.0 },
    { 2, 77, 77, 3, 16, TRUE, 1.0 },
    { 1, 257, 131, 1, 16, FALSE, 1.0 },
    { 1, 33, 70, 2, 16, FALSE, 10.0 },
    { 1, 1000, 77, 20, 16, FALSE, 1.0 },
    { 1, 40, 50, 1, 512, FALSE, 1.0 },
  };

  choose (test, LIMN_ATTENTION_ANY, "tile");
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].d < 512 || test->dtype == LIMN_DTYPE_F32)
      check_attention (test, &table[i], 620 + i);
  choose (test, LIMN_ATTENTION_ANY, NULL);
}

static void
test_product_refused (const LimnOpTest *test)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGraph) graph = limn_graph_new (test->gpu->gl, test->gpu->arena, "refused");
  g_autoptr (LimnWeights) linear = limn_weights_new (test->gpu->gl, test->dtype, 12, 8, 1, "linear", &error);
  g_autoptr (LimnWeights) conv = limn_weights_new (test->gpu->gl, test->dtype, 12, 8, 9, "conv", &error);
  LimnTensor *x = limn_graph_tensor (graph, test->dtype, 1, 4, 4, 8);
  LimnTensor *y = limn_graph_tensor (graph, test->dtype, 1, 4, 4, 12);
  LimnTensor *half = limn_graph_tensor (graph, test->dtype, 1, 2, 2, 12);
  LimnTensor *v8 = limn_graph_tensor (graph, LIMN_DTYPE_F32, 1, 1, 1, 8);
  const LimnEpilogue short_bias = { .bias = v8 }, wrong_residual = { .residual = x };
  const LimnEpilogue wrong_sample_bias = { .sample_bias = v8 };

  g_assert_no_error (error);
  limn_op_test_assert_refused (limn_op_matmul (graph, x, x, linear, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_matmul (graph, y, y, linear, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_matmul (graph, half, x, linear, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_matmul (graph, y, x, conv, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_matmul (graph, y, x, linear, &short_bias, &error), &error);
  limn_op_test_assert_refused (limn_op_matmul (graph, y, x, linear, &wrong_residual, &error), &error);
  limn_op_test_assert_refused (limn_op_matmul (graph, y, x, linear, &wrong_sample_bias, &error), &error);
  limn_op_test_assert_refused (limn_op_conv3x3 (graph, y, x, linear, LIMN_CONV_SAME, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_conv3x3 (graph, half, x, conv, LIMN_CONV_SAME, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_conv3x3 (graph, y, x, conv, LIMN_CONV_DOWN, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_conv3x3 (graph, y, x, conv, LIMN_CONV_UP, NULL, &error), &error);
  limn_op_test_assert_refused (limn_op_conv3x3 (graph, y, x, conv, LIMN_CONV_SAME, &wrong_residual, &error), &error);
  /* heads that do not divide; causal on other tokens; D no multiple of 4; unlike columns */
  x = limn_graph_tensor (graph, test->dtype, 1, 5, 1, 24);
  y = limn_graph_tensor (graph, test->dtype, 1, 5, 1, 24);
  half = limn_graph_tensor (graph, test->dtype, 1, 7, 1, 24);
  limn_op_test_assert_refused (limn_op_attention (graph, y, x, x, x, 5, FALSE, 1.0f, &error), &error);
  limn_op_test_assert_refused (limn_op_attention (graph, y, x, half, half, 2, TRUE, 1.0f, &error), &error);
  limn_op_test_assert_refused (limn_op_attention (graph, y, x, x, x, 4, FALSE, 1.0f, &error), &error);
  limn_op_test_assert_refused (limn_op_attention (graph, y, x, x, half, 2, FALSE, 1.0f, &error), &error);
  limn_op_test_assert_refused (limn_op_attention (graph, half, x, x, x, 2, FALSE, 1.0f, &error), &error);
  g_assert_cmpuint (limn_graph_get_n_dispatches (graph), ==, 0);
}

void
limn_op_test_add_product (const LimnOpGpu *gpu)
{
  limn_op_test_add (gpu, "matmul", test_matmul);
  limn_op_test_add (gpu, "matmul-mixed", test_matmul_mixed);
  limn_op_test_add (gpu, "conv-same", test_conv_same);
  limn_op_test_add (gpu, "conv-other", test_conv_other);
  limn_op_test_add (gpu, "attention", test_attention);
  limn_op_test_add (gpu, "product-hardware", test_product_hardware);
  limn_op_test_add (gpu, "attention-hardware", test_attention_hardware);
  limn_op_test_add (gpu, "product-refused", test_product_refused);
}
