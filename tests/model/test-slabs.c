/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* The VAE in slabs of lines against the VAE as a whole: not a bit may differ. */

#include "test-model.h"

#include "model/limn-pipeline-private.h"
#include "model/limn-slabs.h"

#include <math.h>
#include <string.h>

/* llvmpipe (Mesa 22.3): 0.0001 of 255 levels at 512 and 2048 pixels; with one line of halo left out 1.7. */
#define FLAT_LEVELS 0.0005

static const LimnVaeConfig starter_like = {
  .in_channels = 3,
  .out_channels = 3,
  .latent_channels = 4,
  .n_levels = 4,
  .n_layers = 1,
  .channels = { 32, 48, 96, 128 },
  .groups = 16,
};

/* With a level of half as many channels (both of a block's tensors fit into its input), one of as many, and one of fewer that do not fit;
 * some below what Winograd takes. */
static const LimnVaeConfig mixed = {
  .in_channels = 3,
  .out_channels = 3,
  .latent_channels = 4,
  .n_levels = 4,
  .n_layers = 1,
  .channels = { 16, 32, 48, 48 },
  .groups = 8,
};

static float *
made_up (gsize n)
{
  float *values = g_new (float, n);
  g_autoptr(GRand) rand = g_rand_new_with_seed (1);

  for (gsize i = 0; i < n; i++)
    values[i] = g_rand_double_range (rand, -1, 1);
  return values;
}

typedef struct
{
  guint                n;
  guint                h;
  guint                w;
  const LimnVaeConfig *config;
  LimnDtype            dtype;
  guint64              slab_bytes;
  guint                least_slabs;
  gboolean             encoder;
  double               most_memory; /* of what it takes as a whole */
} Case;

static void
check_side (LimnGl      *gl,
            LimnVaeSide  side,
            const Case  *t)
{
  g_autoptr(LimnArena) arena = limn_arena_new (gl);
  guint factor = limn_vae_config_get_factor (t->config);
  gsize latent = (gsize) 4 * t->n * t->h * t->w, picture = (gsize) 3 * t->n * t->h * t->w * factor * factor;
  gsize n_in = side == LIMN_VAE_DECODER ? latent : picture, n_out = side == LIMN_VAE_DECODER ? picture : 2 * latent;
  g_autofree float *in = made_up (n_in);
  g_autofree float *whole = g_new (float, n_out);
  g_autofree float *slabs = g_new (float, n_out);
  g_auto(LimnPassNeed) whole_need = { 0 };
  g_auto(LimnPassNeed) slab_need = { 0 };
  g_autoptr(LimnVae) vae = NULL;
  LimnLoader loader;
  GError *error = NULL;

  limn_loader_init (&loader, gl, NULL, "made up", t->dtype, NULL);
  vae = limn_vae_new (&loader, t->config, side, arena, &error);
  g_assert_no_error (error);
  limn_loader_clear (&loader);
  for (guint i = 0; i < 2; i++)
    {
      float *out = i == 0 ? whole : slabs;

      limn_vae_set_slabs (vae, i == 0 ? 0 : t->slab_bytes);
      limn_vae_plan (vae, t->n, t->h, t->w, i == 0 ? 0 : t->slab_bytes, i == 0 ? &whole_need : &slab_need, &error);
      g_assert_no_error (error);
      if (side == LIMN_VAE_DECODER)
        limn_vae_decode (vae, t->n, t->h, t->w, in, NULL, NULL, NULL, out, &error);
      else
        limn_vae_encode (vae, t->n, t->h, t->w, in, NULL, NULL, out, out + latent, &error);
      g_assert_no_error (error);
    }
  g_test_message ("%u x %u x %u, %s: %u slabs, %.1f MiB instead of %.1f", t->n, t->h * factor, t->w * factor, limn_dtype_get_name (t->dtype),
                  slab_need.slabs, slab_need.peak_bytes / 1048576.0, whole_need.peak_bytes / 1048576.0);
  g_assert_cmpuint (whole_need.slabs, ==, 0);
  g_assert_cmpuint (slab_need.slabs, >=, t->least_slabs);
  g_assert_cmpfloat (slab_need.peak_bytes, <=, t->most_memory * whole_need.peak_bytes);
  /* Not all alike, or there would be nothing to compare. */
  g_assert_cmpfloat (whole[0], !=, whole[n_out / 2]);
  g_assert_cmpmem (whole, n_out * sizeof *whole, slabs, n_out * sizeof *slabs);
}

static void
check (gconstpointer data)
{
  const Case *t = data;
  LimnGl *gl = test_gpu_new ();

  if (!gl)
    return;
  check_side (gl, LIMN_VAE_DECODER, t);
  if (t->encoder)
    check_side (gl, LIMN_VAE_ENCODER, t);
  limn_gl_free (gl);
}

/* --- A flat field --- */

/* The size of the largest share that one frequency, other than the picture's own slow ones, has of a line's or column's mean: of the levels
 * 0..255. Frequencies from 1 in 64 pixels on: the grids of tiles, windows and latent cells are all among them. */
static double
find_grid (const float *green,
           guint        size,
           gboolean     columns,
           guint       *period)
{
  g_autofree double *means = g_new0 (double, size);
  double most = 0;
  guint margin = size / 8, n = size - 2 * margin;

  for (guint i = 0; i < size; i++)
    for (guint k = margin; k < size - margin; k++)
      means[i] += 127.5 * green[(gsize) (columns ? k : i) * size + (columns ? i : k)] / n;
  for (guint f = n / 64; f <= n / 2; f++)
    {
      double re = 0, im = 0, amplitude;

      for (guint i = 0; i < n; i++)
        {
          /* Hann's window: what does not repeat n times in the middle part must not look like every frequency. */
          double window = 0.5 - 0.5 * cos (2 * G_PI * i / n);

          re += window * means[margin + i] * cos (2 * G_PI * f * i / n);
          im += window * means[margin + i] * sin (2 * G_PI * f * i / n);
        }
      amplitude = 4 * sqrt (re * re + im * im) / n;
      if (amplitude > most)
        {
          most = amplitude;
          *period = n / f;
        }
    }
  return most;
}

/* A latent of one value all over, decoded by the starter model in slabs: no line of a slab, a tile or a window is to be seen. A VAE has a pattern of
 * its own, from cell to cell: what is beyond that is compared with a picture that is small enough to be whole. */
static void
check_flat (guint size)
{
  g_autoptr(LimnPipeline) pipeline = NULL;
  g_autofree float *x = NULL;
  g_autofree float *rgb = NULL;
  LimnGl *gl = test_gpu_new ();
  guint cells = size / 8;
  GError *error = NULL;

  if (!gl)
    return;
  pipeline = limn_pipeline_open (gl, NULL, LIMN_DTYPE_F32, NULL, &error);
  g_assert_no_error (error);
  limn_vae_set_slabs (pipeline->decoder, LIMN_SLAB_BYTES);
  x = g_new (float, 4 * (gsize) cells * cells);
  for (gsize i = 0; i < 4 * (gsize) cells * cells; i++)
    x[i] = 0.3f;
  rgb = g_new (float, 3 * (gsize) size * size);
  limn_pipeline_decode (pipeline, 1, cells, cells, x, NULL, NULL, rgb, &error);
  g_assert_no_error (error);
  for (guint columns = 0; columns < 2; columns++)
    {
      guint period = 0;
      double grid = find_grid (rgb + (gsize) size * size, size, columns, &period);

      g_test_message ("%u x %u, level %.1f, %s: at most %.4f of 255 levels, every %u pixels", size, size,
                      127.5 * (1 + rgb[(gsize) size * size + (gsize) size * size / 2 + size / 2]), columns ? "columns" : "lines", grid, period);
      g_assert_cmpfloat (grid, <, FLAT_LEVELS);
    }
  limn_pipeline_free (g_steal_pointer (&pipeline));
  limn_gl_free (gl);
}

static void
test_flat (void)
{
  check_flat (512);
}

/* Minutes: the attention of 65536 tokens. */
static void
test_flat_large (void)
{
  if (!g_test_slow ())
    {
      g_test_skip ("minutes: -m slow");
      return;
    }
  check_flat (2048);
}

void
test_add_slabs (void)
{
  /* Slabs of a few lines, the last ragged; two samples; lines of latents that are no multiple of a tile's. */
  static const Case small = { 1, 9, 5, &mixed, LIMN_DTYPE_F32, 1 << 14, 4, TRUE, 1 };
  static const Case two = { 2, 6, 7, &mixed, LIMN_DTYPE_F16, 1 << 13, 4, TRUE, 1 };
  /* As it is used. Seen: 112 MiB instead of 141. */
  static const Case large = { 1, 64, 64, &starter_like, LIMN_DTYPE_F32, LIMN_SLAB_BYTES, 4, FALSE, 0.8 };

  g_test_add_data_func ("/model/slabs/small", &small, check);
  g_test_add_data_func ("/model/slabs/two", &two, check);
  g_test_add_data_func ("/model/slabs/512", &large, check);
  g_test_add_func ("/model/slabs/flat", test_flat);
  g_test_add_func ("/model/slabs/flat-2048", test_flat_large);
}
