/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* One shape at a time: every variant runs on the same made-up operands, in turns, so that whatever else the machine does
 * falls on all of them alike; the medians are compared, and the rounds one by one. Long shapes are measured on some of
 * their rows: each group of a kernel does the same work, so that from a few hundred groups on more of them say nothing
 * new. */

#include "ops/limn-tuner.h"

#include "base/limn-error.h"
#include "ops/limn-product.h"
#include "ops/limn-weights.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

/* The layout of the file, and how is measured: another number forgets what was remembered. */
#define FORMAT "1"

/* A file of a thousand shapes has 50 KB. */
#define MAX_FILE_BYTES (1 << 20)

/* What a variant must gain in the median before it is taken, and it must win every round besides. A variant costs compilations
 * of its own (0.2 to 2 s each on llvmpipe), so less would not pay. And on two cores that others use as well the median of the
 * same variant was seen to differ by 15 % from one second to the next; of two that are equally fast, one wins all five
 * rounds once in 32 times. */
#define LEAST_GAIN 0.10

/* One to warm up, which also compiles what the driver compiles late, and five that count. */
#define ROUNDS 6

/* A shape of one product, and a run of several: 10 to 40 ms on two cores; 0.2 to 5 ms on hardware of 1 to 20 TFLOP/s, well
 * above what a fence costs (0.05 ms). */
#define RUN_FLOPS_SOFTWARE  1e9
#define RUN_FLOPS           4e9
#define MAX_PRODUCTS_IN_RUN 64

typedef struct
{
  LimnProductKey key; /* rows: those that are measured */
  guint          h;
  guint          w;
  guint          taps;
  LimnArena     *arena;
  LimnTensor    *x;
  LimnTensor    *y;
  LimnTensor    *bias;
  LimnWeights   *panels;
} Bench;

static void
bench_clear (Bench *bench)
{
  g_clear_pointer (&bench->x, limn_tensor_free);
  g_clear_pointer (&bench->y, limn_tensor_free);
  g_clear_pointer (&bench->bias, limn_tensor_free);
  g_clear_pointer (&bench->panels, limn_weights_free);
  g_clear_pointer (&bench->arena, limn_arena_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

/* ---- the file ---- */

static char *
get_path (LimnGl *gl)
{
  g_autofree char *name = g_strconcat (limn_gl_get_driver_key (gl), ".ini", NULL);

  return g_build_filename (limn_gl_get_cache_dir (gl), "tuning", name, NULL);
}

static char *
hash_shaders (LimnGl *gl)
{
  g_autofree char *lanes = limn_gl_hash_kernel (gl, "matmul_lanes");
  g_autofree char *tile = limn_gl_hash_kernel (gl, "matmul_tile");
  g_autofree char *both = g_strconcat (lanes, tile, NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, both, -1);
}

/* NULL unless it was written by this version of the program for this driver and these shaders. */
static GKeyFile *
read_file (LimnGl *gl)
{
  g_autofree char *path = get_path (gl);
  g_autofree char *shaders = hash_shaders (gl);
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *format = NULL;
  g_autofree char *found = NULL;
  GStatBuf info;

  /* A folder or a pipe of this name is not waited for. */
  if (g_stat (path, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size > MAX_FILE_BYTES ||
      !g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return NULL;
  format = g_key_file_get_string (file, "tuning", "format", NULL);
  found = g_key_file_get_string (file, "tuning", "shaders", NULL);
  if (g_strcmp0 (format, FORMAT) != 0 || g_strcmp0 (found, shaders) != 0)
    return NULL;
  return g_steal_pointer (&file);
}

void
limn_tuner_load (LimnArena *arena,
                 LimnGl    *gl)
{
  const char * const *variants = limn_product_list_variants (limn_gl_get_device (gl)->device_class);
  g_autoptr(GKeyFile) file = read_file (gl);
  g_auto(GStrv) keys = file ? g_key_file_get_keys (file, "choices", NULL, NULL) : NULL;

  for (gsize i = 0; keys && keys[i]; i++)
    {
      g_autofree char *variant = g_key_file_get_string (file, "choices", keys[i], NULL);
      LimnProductKey key;

      if (variant && g_strv_contains (variants, variant) && limn_product_parse_key (keys[i], &key))
        limn_arena_set_choice (arena, keys[i], variant);
    }
}

/* Reads the file anew, since another program may have added to it; what two write in the same moment may be lost, and is
 * measured again. */
static void
save_choice (LimnGl     *gl,
             const char *key,
             const char *variant)
{
  g_autofree char *path = get_path (gl);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *data = NULL;
  g_autoptr(GKeyFile) file = read_file (gl);
  g_autoptr(GError) error = NULL;
  gsize n;

  if (!file)
    {
      g_autofree char *shaders = hash_shaders (gl);

      file = g_key_file_new ();
      g_key_file_set_string (file, "tuning", "format", FORMAT);
      g_key_file_set_string (file, "tuning", "shaders", shaders);
      g_key_file_set_string (file, "tuning", "device", limn_gl_get_device (gl)->name); /* for people */
    }
  g_key_file_set_string (file, "choices", key, variant);
  data = g_key_file_to_data (file, &n, NULL);
  if (g_mkdir_with_parents (folder, 0700) != 0 ||
      !g_file_set_contents_full (path, data, n, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &error))
    g_debug ("%s is not kept: %s", path, error ? error->message : "no folder");
}

/* ---- measuring ---- */

/* Values of about -1..1; anything that is neither 0 nor all the same. */
static float *
make_noise (gsize   n,
            guint32 seed)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    {
      seed = seed * 1664525u + 1013904223u; /* Numerical Recipes, "quick and dirty" */
      values[i] = (float) (seed >> 8) * 0x1p-23f - 1.0f;
    }
  return values;
}

static gboolean
fill_tensor (LimnTensor **tensor,
             LimnGl      *gl,
             LimnDtype    dtype,
             guint        n,
             guint        h,
             guint        w,
             guint        c,
             GError     **error)
{
  g_autofree float *noise = NULL;

  *tensor = limn_tensor_new (gl, dtype, n, h, w, c, "tuner", error);
  if (!*tensor)
    return FALSE;
  noise = make_noise (limn_tensor_get_rows (*tensor) * c, c);
  limn_tensor_upload (*tensor, noise);
  return TRUE;
}

/* Rows that are measured: as many as make a run of the wanted length, and at least 256, about 20 groups of lanes. */
static void
cut_rows (Bench *bench,
          double run_flops)
{
  LimnProductKey *key = &bench->key;
  double row_flops = 2.0 * key->batch * key->n * key->k * bench->taps;
  guint64 rows = MIN (key->rows, MAX (256, run_flops / row_flops));

  /* A convolution's picture is about square; one sample stands for all. */
  bench->h = key->conv ? MAX (1, (guint) sqrt (rows)) : 1;
  bench->w = key->conv ? MAX (1, rows / bench->h) : rows;
  key->rows = (guint64) bench->h * bench->w;
}

static guint64
bench_bytes (const Bench *bench)
{
  const LimnProductKey *key = &bench->key;
  double values = (double) key->batch * (key->rows * ((double) key->k + 2 * LIMN_TEXEL + key->n) +
                                         (key->k + 8.0) * (key->n + LIMN_PANEL) * bench->taps);

  return values * limn_dtype_get_bytes (key->dtype);
}

static gboolean
make_operands (Bench   *bench,
               LimnGl  *gl,
               GError **error)
{
  const LimnProductKey *key = &bench->key;
  guint n = (key->n + LIMN_PANEL - 1) / LIMN_PANEL * LIMN_PANEL; /* every batch has panels of its own */
  g_autofree float *noise = NULL;

  bench->arena = limn_arena_new (gl);
  if (!fill_tensor (&bench->x, gl, key->dtype, key->batch, bench->h, bench->w, key->k, error) ||
      !fill_tensor (&bench->bias, gl, LIMN_DTYPE_F32, 1, 1, 1, key->n, error))
    return FALSE;
  bench->y = limn_tensor_new (gl, key->dtype, key->batch, bench->h, bench->w, key->n, "tuner", error);
  bench->panels = bench->y ? limn_weights_new (gl, key->dtype, key->batch * n, key->k, bench->taps, "tuner", error) : NULL;
  if (!bench->panels)
    return FALSE;
  noise = make_noise ((gsize) key->batch * n * key->k * bench->taps, 1);
  limn_weights_upload (bench->panels, 0, key->batch * n, noise);
  return TRUE;
}

static LimnGraph *
record_variant (Bench       *bench,
                LimnGl      *gl,
                const char  *variant,
                double       run_flops,
                GError     **error)
{
  const LimnProductKey *key = &bench->key;
  const LimnEpilogue epilogue = { .bias = bench->bias };
  g_autoptr(LimnGraph) graph = limn_graph_new (gl, bench->arena, "tuner");
  double flops = 2.0 * key->batch * key->rows * key->n * key->k * bench->taps;
  guint n_products = CLAMP (run_flops / flops, 1, MAX_PRODUCTS_IN_RUN);

  limn_arena_set_choice (bench->arena, LIMN_PRODUCT_ANY, variant);
  for (guint i = 0; i < n_products; i++)
    if (!limn_product_record (graph, &(LimnProduct) {
          .y = bench->y,
          .x = bench->x,
          .panels = bench->panels->panels,
          .k = key->k,
          .n = key->n,
          .taps = bench->taps,
          .batch = key->batch,
          /* Batches are Winograd's, which has no epilogue: the same kernel as there. */
          .epilogue = key->batch > 1 ? NULL : &epilogue,
          .label = "tuner",
          .conv = key->conv,
          .stride = 1,
          .padding = 1,
        }, error))
      return NULL;
  return g_steal_pointer (&graph);
}

static gboolean
wins_always (const double *seconds,
             const double *against)
{
  for (guint i = 0; i < ROUNDS - 1; i++)
    if (seconds[i] >= against[i])
      return FALSE;
  return TRUE;
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  const double *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

static double
median (const double *seconds)
{
  double sorted[ROUNDS - 1];

  memcpy (sorted, seconds, sizeof sorted);
  qsort (sorted, G_N_ELEMENTS (sorted), sizeof *sorted, compare_doubles);
  return sorted[G_N_ELEMENTS (sorted) / 2];
}

/* What ends a step, as against what only leaves a variant out. */
static gboolean
is_final (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
         g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
}

#define MAX_VARIANTS 8

/* NULL only for a final error. */
static const char *
find_fastest (Bench         *bench,
              LimnGl        *gl,
              const char    *text,
              double         run_flops,
              GCancellable  *cancellable,
              GError       **error)
{
  const char * const *variants = limn_product_list_variants (limn_gl_get_device (gl)->device_class);
  gsize values = (gsize) bench->key.batch * bench->key.rows * bench->key.n;
  g_autofree float *expected = g_new (float, values);
  g_autofree float *got = g_new (float, values);
  LimnGraph *graphs[MAX_VARIANTS] = { NULL };
  double seconds[MAX_VARIANTS][ROUNDS - 1];
  const char *best = variants[0];
  double least = 0, first = 0;
  GError *local = NULL;

  for (guint round = 0; round < ROUNDS && !local; round++)
    for (guint i = 0; variants[i] && i < MAX_VARIANTS && !local; i++)
      {
        gint64 begin;

        if (round == 0 && !g_cancellable_set_error_if_cancelled (cancellable, &local))
          graphs[i] = record_variant (bench, gl, variants[i], run_flops, &local);
        begin = g_get_monotonic_time ();
        if (graphs[i] && limn_graph_run (graphs[i], cancellable, &local))
          {
            if (round > 0)
              seconds[i][round - 1] = (g_get_monotonic_time () - begin) * 1e-6;
            else if (limn_tensor_download (bench->y, i == 0 ? expected : got, &local) && i > 0 &&
                     memcmp (expected, got, values * sizeof (float)) != 0)
              {
                g_debug ("%s: %s gives other bits than %s and is refused", text, variants[i], variants[0]);
                g_clear_pointer (&graphs[i], limn_graph_free);
              }
          }
        /* A variant that cannot be had; without the default there is nothing to compare with. */
        if (local && !is_final (local) && i > 0)
          {
            g_debug ("%s: %s: %s", text, variants[i], local->message);
            g_clear_error (&local);
            g_clear_pointer (&graphs[i], limn_graph_free);
          }
      }

  for (guint i = 0; variants[i] && i < MAX_VARIANTS && !local; i++)
    if (graphs[i])
      {
        double time = median (seconds[i]);

        g_debug ("%s: %s %.3f ms", text, variants[i], time * 1e3);
        if (i == 0)
          least = first = time;
        else if (time < least && time < first * (1 - LEAST_GAIN) && wins_always (seconds[i], seconds[0]))
          {
            least = time;
            best = variants[i];
          }
      }
  for (guint i = 0; i < MAX_VARIANTS; i++)
    limn_graph_free (graphs[i]);
  if (!local)
    return best;
  g_propagate_error (error, local);
  return NULL;
}

/* The next key from @at on that is to be measured; NULL if there is none. */
static const char *
next_key (LimnArena      *arena,
          guint          *at,
          LimnProductKey *key)
{
  g_autoptr(GPtrArray) keys = limn_arena_list_keys (arena);

  for (; *at < keys->len; ++*at)
    {
      const char *text = keys->pdata[*at];

      if (limn_product_parse_key (text, key) && !limn_arena_get_choice (arena, text))
        return text;
    }
  return NULL;
}

gboolean
limn_tuner_step (LimnGl        *gl,
                 LimnArena     *arena,
                 GCancellable  *cancellable,
                 gboolean      *more,
                 GError       **error)
{
  LimnGlClass device_class = limn_gl_get_device (gl)->device_class;
  double run_flops = device_class == LIMN_GL_SOFTWARE ? RUN_FLOPS_SOFTWARE : RUN_FLOPS;
  const char *variant = limn_product_list_variants (device_class)[0];
  g_autoptr(GError) local = NULL;
  g_auto(Bench) bench = { 0 };
  const char *text;
  guint at = 0;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  text = next_key (arena, &at, &bench.key);
  if (text)
    {
      gboolean fits;

      bench.taps = bench.key.conv ? 9 : 1;
      cut_rows (&bench, run_flops);
      fits = bench_bytes (&bench) <= LIMN_TUNER_MAX_BYTES;
      if (!fits)
        g_debug ("%s is too large to be measured", text);
      if (fits && make_operands (&bench, gl, &local))
        {
          const char *fastest = find_fastest (&bench, gl, text, run_flops, cancellable, &local);

          if (fastest)
            {
              variant = fastest;
              save_choice (gl, text, variant);
            }
        }
      if (local && is_final (local))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (local)
        g_debug ("%s cannot be measured: %s", text, local->message);
      limn_arena_set_choice (arena, text, variant);
    }
  if (more)
    *more = text && next_key (arena, &at, &bench.key) != NULL;
  return TRUE;
}
