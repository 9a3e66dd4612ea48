/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/limn-taesd.h"

#include "base/limn-error.h"
#include "model/limn-blocks.h"
#include "ops/limn-op-elementwise.h"

#include <math.h>
#include <string.h>

/* taesd.py: of a latent, and of everything between the first convolution and the last. */
#define LATENT_CHANNELS 4
#define WIDTH 64

/* Latents beyond this are drawn in: 3 tanh (x / 3). */
#define LATENT_MAGNITUDE 3.0f

/* The places of the layers in the original Sequential, which the names count: 0 is the latent's limit, 2 the activation; 6, 11 and 16 double. */
#define CONV_IN 1
#define CONV_OUT 19
#define N_BLOCKS 10
#define N_DOUBLED 3
static const guint block_places[N_BLOCKS] = { 3, 4, 5, 8, 9, 10, 13, 14, 15, 18 };
static const guint conv_places[N_DOUBLED] = { 7, 12, 17 };

/* A double after each three blocks. */
#define BLOCKS_PER_SIZE 3

/* How files name the layers; @skipped: diffusers does not count the limit. The first whose last convolution is there counts. */
static const struct
{
  const char *prefix;
  guint       skipped;
} layouts[] = {
  { "", 0 },
  { "taesd_decoder.", 0 },
  { "decoder.", 0 },
  { "decoder.layers.", 1 },
};

/* Where the decoder lies in a folder, the first that is there. */
static const char *const file_names[] = {
  "taesd_decoder.safetensors",
  "taesdxl_decoder.safetensors",
  "diffusion_pytorch_model.safetensors",
  "diffusion_pytorch_model.fp16.safetensors",
  "diffusion_pytorch_model.bin",
  "taesd_decoder.pth",
  "taesdxl_decoder.pth",
};

/* Between the VAE of SDXL, 0.13025, and those before it, 0.18215: their papers' code. Others have neither, and no TAESD of this shape. */
#define SCALING_XL 0.13025
#define SCALING_SD 0.18215
#define SCALING_NEAR 1e-4

/* relu (conv (relu (conv (relu (conv (x))))) + x) */
typedef struct
{
  LimnMatrix convs[3];
} Block;

struct _LimnTaesd
{
  LimnGl       *gl;
  LimnArena    *arena;
  LimnDtype     dtype;
  LimnMatrix    conv_in;
  Block         blocks[N_BLOCKS];
  LimnMatrix    doubled[N_DOUBLED];
  LimnMatrix    conv_out;
  LimnPassCache cache;
};

enum
{
  IO_LATENT,
  IO_RGB,
};

/* --- Which latents it is for --- */

/* 0: it does not say; 1: taesd; 2: taesdxl */
static guint
read_name (const char *name)
{
  g_autofree char *folded = g_ascii_strdown (name, -1);
  const char *found = strstr (folded, "taesd");

  if (!found)
    return 0;
  found += strlen ("taesd");
  /* "taesd3" is for latents of 16 channels. */
  if (*found == '3')
    return 0;
  return g_str_has_prefix (found, "xl") || g_str_has_prefix (found, "-xl") || g_str_has_prefix (found, "_xl") ? 2 : 1;
}

gboolean
limn_taesd_suits (const char *path, double scaling_factor)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *around = g_path_get_basename (folder);
  guint wanted = fabs (scaling_factor - SCALING_XL) < SCALING_NEAR ? 2 : fabs (scaling_factor - SCALING_SD) < SCALING_NEAR ? 1 : 0;
  guint said = read_name (name);

  if (said == 0)
    said = read_name (around);
  return said != 0 && said == wanted;
}

/* --- Opening --- */

static gboolean
load_conv (LimnLoader *loader, LimnMatrix *matrix, guint n, guint k, gboolean bias, const char *name, GError **error)
{
  const LimnMatrixPart part = { name, n };

  return limn_loader_matrix (loader, matrix, 9, k, &part, 1, bias, error);
}

static gboolean
load (LimnTaesd *taesd, LimnLoader *loader, const char *prefix, guint skipped, GError **error)
{
  if (!limn_loader_layer_f32 (loader, &taesd->conv_in, 9, WIDTH, LATENT_CHANNELS, error, "%s%u", prefix, CONV_IN - skipped))
    return FALSE;
  for (guint i = 0; i < N_BLOCKS; i++)
    for (guint j = 0; j < 3; j++)
      if (!limn_loader_layer (loader, &taesd->blocks[i].convs[j], 9, WIDTH, WIDTH, error, "%s%u.conv.%u", prefix, block_places[i] - skipped,
                              2 * j))
        return FALSE;
  for (guint i = 0; i < N_DOUBLED; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s%u", prefix, conv_places[i] - skipped);

      if (!load_conv (loader, &taesd->doubled[i], WIDTH, WIDTH, FALSE, name, error))
        return FALSE;
    }
  return limn_loader_layer_f32 (loader, &taesd->conv_out, 9, 3, WIDTH, error, "%s%u", prefix, CONV_OUT - skipped);
}

static LimnCheckpoint *
open_checkpoint (const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return limn_checkpoint_open (path, error);
  for (guint i = 0; i < G_N_ELEMENTS (file_names); i++)
    {
      g_autofree char *file = g_build_filename (path, file_names[i], NULL);

      if (g_file_test (file, G_FILE_TEST_IS_REGULAR))
        return limn_checkpoint_open (file, error);
    }
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "The folder “%s” holds no small decoder for previews.", path);
  return NULL;
}

/* -1: it is none */
static int
find_layout (const LimnCheckpoint *checkpoint)
{
  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      g_autofree char *last = g_strdup_printf ("%s%u.weight", layouts[i].prefix, CONV_OUT - layouts[i].skipped);

      if (limn_checkpoint_lookup (checkpoint, last))
        return (int) i;
    }
  return -1;
}

LimnTaesd *
limn_taesd_open (const char *path, LimnGl *gl, LimnDtype dtype, LimnArena *arena, GCancellable *cancellable, GError **error)
{
  g_autoptr(LimnTaesd) taesd = g_new0 (LimnTaesd, 1);
  g_autoptr(LimnCheckpoint) checkpoint = open_checkpoint (path, error);
  LimnLoader loader;
  gboolean good;
  int layout;

  if (!checkpoint)
    return NULL;
  layout = find_layout (checkpoint);
  if (layout < 0)
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s” is no small decoder for previews (TAESD).", limn_checkpoint_get_name (checkpoint));
      return NULL;
    }
  taesd->gl = gl;
  taesd->arena = arena;
  taesd->dtype = dtype;
  limn_loader_init (&loader, gl, checkpoint, limn_checkpoint_get_name (checkpoint), dtype, cancellable);
  good = load (taesd, &loader, layouts[layout].prefix, layouts[layout].skipped, error);
  limn_loader_clear (&loader);
  return good ? g_steal_pointer (&taesd) : NULL;
}

void
limn_taesd_free (LimnTaesd *taesd)
{
  if (!taesd)
    return;
  limn_pass_cache_clear (&taesd->cache);
  limn_matrix_clear (&taesd->conv_in);
  for (guint i = 0; i < N_BLOCKS; i++)
    for (guint j = 0; j < 3; j++)
      limn_matrix_clear (&taesd->blocks[i].convs[j]);
  for (guint i = 0; i < N_DOUBLED; i++)
    limn_matrix_clear (&taesd->doubled[i]);
  limn_matrix_clear (&taesd->conv_out);
  g_free (taesd);
}

/* --- Decoding --- */

static LimnTensor *
record_conv (LimnTaesd *taesd, LimnRecorder *r, const LimnMatrix *matrix, const LimnTensor *x, LimnActivation activation, LimnTensor *residual)
{
  LimnEpilogue epilogue = { .bias = matrix->bias, .activation = activation, .residual = residual };
  LimnTensor *y;

  if (r->error)
    return (LimnTensor *) x;
  y = limn_graph_tensor (r->graph, taesd->dtype, x->n, x->h, x->w, matrix->weights->n);
  limn_op_conv3x3 (r->graph, y, x, matrix->weights, LIMN_CONV_SAME, &epilogue, &r->error);
  return y;
}

static LimnTensor *
record_block (LimnTaesd *taesd, LimnRecorder *r, const Block *block, LimnTensor *x)
{
  LimnTensor *y = record_conv (taesd, r, &block->convs[0], x, LIMN_ACTIVATION_RELU, NULL);

  y = record_conv (taesd, r, &block->convs[1], y, LIMN_ACTIVATION_RELU, NULL);
  y = record_conv (taesd, r, &block->convs[2], y, LIMN_ACTIVATION_NONE, x);
  if (!r->error)
    limn_op_activate (r->graph, y, y, LIMN_ACTIVATION_RELU, &r->error);
  return y;
}

static LimnPass *
record_pass (LimnTaesd *taesd, guint h, guint w, gboolean dry, GError **error)
{
  g_autoptr(LimnPass) pass = g_new0 (LimnPass, 1);
  LimnRecorder r = { .dtype = taesd->dtype };
  LimnTensor *x;
  guint ph, pw;

  if (h == 0 || w == 0 || !g_uint_checked_mul (&ph, h, LIMN_TAESD_FACTOR) || !g_uint_checked_mul (&pw, w, LIMN_TAESD_FACTOR))
    {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_SHAPE, "The small decoder cannot take latents of %u x %u", w, h);
      return NULL;
    }
  pass->key[0] = h;
  pass->key[1] = w;
  pass->dry = dry;
  r.graph = limn_pass_begin (pass, taesd->gl, taesd->arena, "taesd");
  if (!limn_pass_edge (pass, IO_LATENT, LIMN_DTYPE_F32, 1, h, w, LATENT_CHANNELS, "taesd latent", error) ||
      !limn_pass_edge (pass, IO_RGB, LIMN_DTYPE_F32, 1, ph, pw, 3, "taesd picture", error))
    return NULL;
  x = record_conv (taesd, &r, &taesd->conv_in, pass->io[IO_LATENT], LIMN_ACTIVATION_RELU, NULL);
  for (guint i = 0; i < N_BLOCKS; i++)
    {
      x = record_block (taesd, &r, &taesd->blocks[i], x);
      if (i % BLOCKS_PER_SIZE == BLOCKS_PER_SIZE - 1)
        x = limn_record_conv (&r, &taesd->doubled[i / BLOCKS_PER_SIZE], NULL, x, LIMN_CONV_UP, NULL, NULL);
    }
  limn_record_conv (&r, &taesd->conv_out, pass->io[IO_RGB], x, LIMN_CONV_SAME, NULL, NULL);
  return limn_record_end (&r, error) ? g_steal_pointer (&pass) : NULL;
}

gboolean
limn_taesd_is_prepared (LimnTaesd *taesd, guint h, guint w)
{
  return limn_pass_cache_find (&taesd->cache, h, w, 0, 0) != NULL;
}

gboolean
limn_taesd_plan (LimnTaesd *taesd, guint h, guint w, LimnPassNeed *need, GError **error)
{
  g_autoptr(LimnPass) pass = record_pass (taesd, h, w, TRUE, error);

  if (!pass)
    return FALSE;
  limn_pass_get_need (pass, need);
  return TRUE;
}

/* As limn_op_to_rgba() rounds, but of 0..1. */
static void
to_rgba (const float *rgb, gsize n, guint8 *rgba)
{
  for (gsize i = 0; i < n; i++)
    {
      for (guint c = 0; c < 3; c++)
        rgba[4 * i + c] = (guint8) (255.0f * CLAMP (rgb[c * n + i], 0.0f, 1.0f) + 0.5f);
      rgba[4 * i + 3] = 255;
    }
}

gboolean
limn_taesd_decode (LimnTaesd *taesd, guint h, guint w, const float *x, GCancellable *cancellable, guint8 *rgba, float *rgb, GError **error)
{
  LimnPass *pass = limn_pass_cache_find (&taesd->cache, h, w, 0, 0);
  gsize n = (gsize) LATENT_CHANNELS * h * w, n_pixels = (gsize) h * w * LIMN_TAESD_FACTOR * LIMN_TAESD_FACTOR;
  g_autofree float *limited = NULL;
  g_autofree float *own = NULL;

  if (!pass)
    {
      pass = record_pass (taesd, h, w, FALSE, error);
      if (!pass)
        return FALSE;
      limn_pass_cache_add (&taesd->cache, pass);
    }
  limited = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    limited[i] = LATENT_MAGNITUDE * tanhf (x[i] / LATENT_MAGNITUDE);
  if (!rgb)
    rgb = own = g_new (float, 3 * n_pixels);
  limn_tensor_upload_nchw (pass->io[IO_LATENT], limited);
  if (!limn_graph_run (pass->graph, cancellable, error) || !limn_tensor_download_nchw (pass->io[IO_RGB], rgb, error))
    return FALSE;
  if (rgba)
    to_rgba (rgb, n_pixels, rgba);
  return TRUE;
}
