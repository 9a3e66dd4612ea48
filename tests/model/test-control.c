/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* ControlNets made of the starter model's own UNet. The numbers of the original code, on a network of full size, are limn-fixtures' concern. */

#include "test-model.h"

#include "base/limn-error.h"
#include "formats/limn-safetensors-writer.h"
#include "model/limn-control-file.h"
#include "model/limn-model.h"
#include "model/limn-pipeline-control.h"
#include "tests/limn-cousins.h"
#include "tests/limn-test-control.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <string.h>

#define UNET "data/starter-model/unet/diffusion_pytorch_model.safetensors"

#define N 2
#define H 8
#define W 12
#define TOKENS 77
#define SIDES (H * W)

typedef struct
{
  char        *folder;
  char        *unet_path;
  LimnModel   *model;
  LimnGl      *gl;
  LimnArena   *arena;
  LimnDtype    dtype;
  LimnUnet    *unet;
  float       *x;
  float        t[N];
  float       *context;
  float       *hint;
  float       *plain;  /* what the UNet says alone */
} Kit;

static const LimnUnetConfig *
get_config (const Kit *kit)
{
  return &limn_model_get_facts (kit->model)->unet;
}

static float *
make_noise (guint32 seed, gsize n, double from, double to)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_rand_double_range (rand, from, to);
  return values;
}

static LimnUnetInput
get_input (const Kit *kit, LimnResiduals *residuals)
{
  return (LimnUnetInput){ .n = N, .h = H, .w = W, .tokens = TOKENS, .x = kit->x, .t = kit->t, .context = kit->context, .residuals = residuals };
}

static float *
run_unet (const Kit *kit, LimnResiduals *residuals, LimnTaps *taps)
{
  LimnUnetInput input = get_input (kit, residuals);
  float *y = g_new (float, N * 4 * SIDES);
  g_autoptr(GError) error = NULL;

  limn_unet_run (kit->unet, &input, taps, NULL, y, &error);
  g_assert_no_error (error);
  return y;
}

static void
load_unet (Kit *kit)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnCheckpoint) file = limn_checkpoint_open (kit->unet_path, &error);
  LimnLoader loader;

  g_assert_no_error (error);
  limn_loader_init (&loader, kit->gl, file, "unet", kit->dtype, NULL);
  kit->unet = limn_unet_new (&loader, get_config (kit), kit->arena, &error);
  limn_loader_clear (&loader);
  g_assert_no_error (error);
}

/* FALSE: no device. */
static gboolean
kit_init (Kit *kit, LimnDtype dtype)
{
  g_autoptr(GError) error = NULL;

  *kit = (Kit){ .dtype = dtype, .gl = test_gpu_new (), .t = { 981.5f, 41 } };
  if (!kit->gl)
    return FALSE;
  kit->folder = g_dir_make_tmp ("limn-control-XXXXXX", NULL);
  kit->unet_path = test_path (UNET);
  kit->model = limn_model_open (NULL, &error);
  g_assert_no_error (error);
  kit->arena = limn_arena_new (kit->gl);
  load_unet (kit);
  kit->x = make_noise (1, N * 4 * SIDES, -2, 2);
  kit->context = make_noise (2, (gsize) N * TOKENS * get_config (kit)->context_width, -1, 1);
  kit->hint = make_noise (3, 3 * 64 * SIDES, 0, 1);
  kit->plain = run_unet (kit, NULL, NULL);
  return TRUE;
}

static void
kit_clear (Kit *kit)
{
  g_clear_pointer (&kit->unet, limn_unet_free);
  g_clear_pointer (&kit->arena, limn_arena_free);
  g_clear_pointer (&kit->gl, limn_gl_free);
  g_clear_pointer (&kit->model, limn_model_free);
  if (kit->folder)
    limn_test_remove_folder (kit->folder);
  g_free (kit->folder);
  g_free (kit->unet_path);
  g_free (kit->x);
  g_free (kit->context);
  g_free (kit->hint);
  g_free (kit->plain);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Kit, kit_clear)

static LimnControlNet *
load_net (const Kit *kit, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnControlFile) file = limn_control_file_open (path, get_config (kit), &error);
  LimnControlNet *net;
  guint64 bytes;

  g_assert_no_error (error);
  net = limn_control_file_load (file, kit->gl, kit->dtype, kit->arena, NULL, &bytes, &error);
  g_assert_no_error (error);
  /* Counted without a device, narrow layers are a little less: nothing is padded. */
  g_assert_cmpuint (limn_control_file_get_bytes (file, kit->dtype), ==, bytes);
  return net;
}

static LimnControlNet *
make_net (const Kit *kit, LimnTestControl kind, const char *prefix)
{
  g_autofree char *path = g_build_filename (kit->folder, "control.safetensors", NULL);
  g_autoptr(LimnNames) names = prefix ? limn_names_new (LIMN_NAMES_CONTROL, prefix, get_config (kit), NULL) : NULL;

  limn_test_control_write (path, kit->unet_path, kind, names, 0);
  return load_net (kit, path);
}

static LimnResiduals *
make_residuals (const Kit *kit)
{
  g_autoptr(GError) error = NULL;
  guint64 before = limn_gl_get_allocated_bytes (kit->gl);
  LimnResiduals *residuals = limn_residuals_new (kit->gl, kit->dtype, get_config (kit), N, H, W, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (limn_gl_get_allocated_bytes (kit->gl) - before, ==, limn_residuals_get_bytes (kit->dtype, get_config (kit), N, H, W));
  return residuals;
}

static void
control (const Kit *kit, LimnControlNet *net, float strength, LimnResiduals *residuals)
{
  LimnUnetInput input = get_input (kit, NULL);
  g_autoptr(GError) error = NULL;

  limn_control_net_run (net, &input, 4, kit->hint, strength, residuals, NULL, &error);
  g_assert_no_error (error);
}

/* [tensor]: all values of the residuals. */
static GPtrArray *
download (const LimnResiduals *residuals)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < residuals->tensors->len; i++)
    {
      const LimnTensor *tensor = g_ptr_array_index (residuals->tensors, i);
      GArray *values = g_array_new (FALSE, FALSE, sizeof (float));

      g_array_set_size (values, limn_tensor_get_rows (tensor) * tensor->c);
      limn_tensor_download (tensor, (float *) values->data, &error);
      g_assert_no_error (error);
      g_ptr_array_add (all, values);
    }
  return all;
}

static gboolean
is_same (const float *a, const float *b)
{
  return memcmp (a, b, N * 4 * SIDES * sizeof *a) == 0;
}

/* What was never trained says nothing, to the bit; and so does what has no strength. */
static void
test_zero (gconstpointer data)
{
  g_auto(Kit) kit = { NULL };

  if (!kit_init (&kit, GPOINTER_TO_INT (data)))
    return;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnControlNet) net = make_net (&kit, i == 0 ? LIMN_TEST_CONTROL_ZERO : LIMN_TEST_CONTROL_RANDOM, NULL);
      LimnResiduals *residuals = make_residuals (&kit);
      g_autofree float *got = NULL;
      g_autofree float *after = NULL;

      control (&kit, net, i == 0 ? 1 : 0, residuals);
      got = run_unet (&kit, residuals, NULL);
      g_assert_true (is_same (got, kit.plain));
      /* And the pass without any is still there. */
      after = run_unet (&kit, NULL, NULL);
      g_assert_true (is_same (after, kit.plain));
      limn_residuals_unref (residuals);
    }
}

/* A copy that looks at no picture says what the UNet's own way down says: the taps, in the order of the skips. */
static void
test_copy (gconstpointer data)
{
  static const char *const skips[] = {
    "conv_in", "down_blocks.0.resnets.0", "down_blocks.0.downsamplers.0", "down_blocks.1.attentions.0", "down_blocks.1.downsamplers.0",
    "down_blocks.2.resnets.0", "mid_block.resnets.1",
  };
  g_auto(Kit) kit = { NULL };
  g_autoptr(LimnControlNet) net = NULL;
  g_autoptr(LimnTaps) taps = limn_taps_new ();
  g_autoptr(GPtrArray) values = NULL;
  g_autofree float *same = NULL;
  g_autofree float *changed = NULL;
  LimnResiduals *residuals;

  if (!kit_init (&kit, GPOINTER_TO_INT (data)))
    return;
  net = make_net (&kit, LIMN_TEST_CONTROL_COPY, NULL);
  residuals = make_residuals (&kit);
  control (&kit, net, 1, residuals);
  values = download (residuals);
  same = run_unet (&kit, NULL, taps);
  g_assert_true (is_same (same, kit.plain));
  g_assert_cmpuint (values->len, ==, G_N_ELEMENTS (skips));
  for (guint i = 0; i < values->len; i++)
    {
      const LimnTap *tap = limn_taps_lookup (taps, skips[i]);
      const GArray *own = g_ptr_array_index (values, i);

      g_assert_nonnull (tap);
      g_assert_cmpuint (own->len, ==, tap->n * tap->h * tap->w * tap->c);
      g_assert_true (memcmp (own->data, tap->values, own->len * sizeof (float)) == 0);
    }
  /* What they are added to is another picture. */
  changed = run_unet (&kit, residuals, NULL);
  g_assert_cmpfloat (test_l2 (changed, kit.plain, N * 4 * SIDES), >, 0.1);
  limn_residuals_unref (residuals);
}

/* Several are a sum: half and half of one is one; strengths and pictures count. */
static void
test_sum (gconstpointer data)
{
  g_auto(Kit) kit = { NULL };
  g_autoptr(LimnControlNet) net = NULL;
  g_autofree float *once = NULL;
  g_autofree float *twice = NULL;
  g_autofree float *weaker = NULL;
  g_autofree float *again = NULL;
  g_autofree float *other = NULL;
  g_autoptr(GPtrArray) whole = NULL;
  g_autoptr(GPtrArray) halves = NULL;
  LimnResiduals *residuals, *sums;
  gboolean f16 = data != NULL;

  if (!kit_init (&kit, f16 ? LIMN_DTYPE_F16 : LIMN_DTYPE_F32))
    return;
  net = make_net (&kit, LIMN_TEST_CONTROL_RANDOM, NULL);
  residuals = make_residuals (&kit);
  sums = make_residuals (&kit);
  control (&kit, net, 1, residuals);
  once = run_unet (&kit, residuals, NULL);
  whole = download (residuals);
  control (&kit, net, 0.5f, sums);
  weaker = run_unet (&kit, sums, NULL);
  control (&kit, net, 0.5f, sums);
  twice = run_unet (&kit, sums, NULL);
  halves = download (sums);

  for (guint i = 0; i < whole->len; i++)
    {
      const GArray *a = g_ptr_array_index (whole, i), *b = g_ptr_array_index (halves, i);

      /* A half is exact, and so is its double, but for F16's smallest. */
      if (f16)
        g_assert_cmpfloat (test_l2 ((const float *) b->data, (const float *) a->data, a->len), <, 1e-6);
      else
        g_assert_true (memcmp (a->data, b->data, a->len * sizeof (float)) == 0);
    }
  g_assert_cmpfloat (test_l2 (twice, once, N * 4 * SIDES), <, 1e-3);
  g_assert_cmpfloat (test_l2 (once, kit.plain, N * 4 * SIDES), >, 0.02);
  g_assert_cmpfloat (test_l2 (weaker, kit.plain, N * 4 * SIDES), <, test_l2 (once, kit.plain, N * 4 * SIDES));

  /* Another picture, and the first again. */
  kit.hint[5] += 10;
  sums->empty = TRUE;
  control (&kit, net, 1, sums);
  other = run_unet (&kit, sums, NULL);
  g_assert_false (is_same (other, once));
  kit.hint[5] = make_noise (3, 6, 0, 1)[5];
  sums->empty = TRUE;
  control (&kit, net, 1, sums);
  again = run_unet (&kit, sums, NULL);
  g_assert_true (is_same (again, once));
  limn_residuals_unref (residuals);
  limn_residuals_unref (sums);
}

/* The original layout, with its prefix and without, and a folder: the same bits. */
static void
test_layouts (void)
{
  g_auto(Kit) kit = { NULL };
  g_autofree char *folder = NULL;
  g_autofree char *weights = NULL;
  g_autofree float *first = NULL;

  if (!kit_init (&kit, LIMN_DTYPE_F32))
    return;
  folder = g_build_filename (kit.folder, "net", NULL);
  weights = g_build_filename (folder, "diffusion_pytorch_model.fp16.safetensors", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  limn_test_control_write (weights, kit.unet_path, LIMN_TEST_CONTROL_RANDOM, NULL, 0);
  for (guint i = 0; i < 4; i++)
    {
      static const char *const prefixes[] = { NULL, "control_model.", "" };
      g_autoptr(LimnControlNet) net = i < 3 ? make_net (&kit, LIMN_TEST_CONTROL_RANDOM, prefixes[i]) : load_net (&kit, folder);
      LimnResiduals *residuals = make_residuals (&kit);
      g_autofree float *got = NULL;

      control (&kit, net, 1, residuals);
      got = run_unet (&kit, residuals, NULL);
      if (i == 0)
        first = g_steal_pointer (&got);
      else
        g_assert_true (is_same (got, first));
      limn_residuals_unref (residuals);
    }
}

/* A model for inpainting sees nine channels; its ControlNet looks at the first four of each sample. */
static void
test_channels (void)
{
  g_auto(Kit) kit = { NULL };
  g_autoptr(LimnControlNet) net = NULL;
  g_autofree float *nine = NULL;
  g_autoptr(GPtrArray) four_values = NULL;
  g_autoptr(GPtrArray) nine_values = NULL;
  g_autoptr(GError) error = NULL;
  LimnResiduals *residuals;
  LimnUnetInput input;

  if (!kit_init (&kit, LIMN_DTYPE_F32))
    return;
  net = make_net (&kit, LIMN_TEST_CONTROL_RANDOM, NULL);
  residuals = make_residuals (&kit);
  control (&kit, net, 1, residuals);
  four_values = download (residuals);
  nine = make_noise (9, N * 9 * SIDES, -5, 5);
  for (guint i = 0; i < N; i++)
    memcpy (nine + i * 9 * SIDES, kit.x + i * 4 * SIDES, 4 * SIDES * sizeof *nine);
  input = get_input (&kit, NULL);
  input.x = nine;
  residuals->empty = TRUE;
  limn_control_net_run (net, &input, 9, kit.hint, 1, residuals, NULL, &error);
  g_assert_no_error (error);
  nine_values = download (residuals);
  for (guint i = 0; i < four_values->len; i++)
    {
      const GArray *a = g_ptr_array_index (four_values, i), *b = g_ptr_array_index (nine_values, i);

      g_assert_true (memcmp (a->data, b->data, a->len * sizeof (float)) == 0);
    }
  limn_residuals_unref (residuals);
}

/* --- SDXL --- */

#define XL_CELLS (8 * 8)

static LimnControlNet *
make_wide_net (Kit *kit, const LimnUnetConfig *config, const char *unet)
{
  g_autofree char *path = g_build_filename (kit->folder, "wide.safetensors", NULL);
  g_autoptr(LimnControlFile) file = NULL;
  g_autoptr(GError) error = NULL;
  LimnControlNet *net;
  guint64 bytes;

  limn_test_control_write (path, unet, LIMN_TEST_CONTROL_COPY, NULL, 0);
  file = limn_control_file_open (path, config, &error);
  g_assert_no_error (error);
  net = limn_control_file_load (file, kit->gl, LIMN_DTYPE_F32, kit->arena, NULL, &bytes, &error);
  g_assert_no_error (error);
  return net;
}

static LimnUnet *
load_wide_unet (Kit *kit, const LimnUnetConfig *config, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnCheckpoint) file = limn_checkpoint_open (path, &error);
  LimnLoader loader;
  LimnUnet *unet;

  g_assert_no_error (error);
  limn_loader_init (&loader, kit->gl, file, "unet", LIMN_DTYPE_F32, NULL);
  unet = limn_unet_new (&loader, config, kit->arena, &error);
  limn_loader_clear (&loader);
  g_assert_no_error (error);
  return unet;
}

static void
assert_same_tap (LimnTaps *taps, const char *name, GPtrArray *values, guint i)
{
  const LimnTap *tap = limn_taps_lookup (taps, name);
  const GArray *own = g_ptr_array_index (values, i);

  g_assert_nonnull (tap);
  g_assert_cmpuint (own->len, ==, tap->n * tap->h * tap->w * tap->c);
  g_assert_true (memcmp (own->data, tap->values, own->len * sizeof (float)) == 0);
}

/* The same mechanism: the vector goes the timestep's way there too, transformers are deep, the finest level has none. */
static void
test_vector (void)
{
  g_auto(Kit) kit = { .gl = test_gpu_new () };
  g_autofree char *tables = test_path ("tests/model/cousins/tensors.txt");
  g_autofree char *json_path = NULL;
  g_autofree char *unet_path = NULL;
  g_autofree float *x = make_noise (1, 4 * XL_CELLS, -2, 2);
  g_autofree float *context = NULL;
  g_autofree float *vector = NULL;
  g_autofree float *hint = make_noise (3, 3 * 64 * XL_CELLS, 0, 1);
  g_autofree float *y = g_new (float, 4 * XL_CELLS);
  g_autofree float *changed = g_new (float, 4 * XL_CELLS);
  g_autoptr(LimnJson) json = NULL;
  g_autoptr(LimnUnet) unet = NULL;
  g_autoptr(LimnControlNet) net = NULL;
  g_autoptr(LimnTaps) taps = limn_taps_new ();
  g_autoptr(GPtrArray) values = NULL;
  g_autoptr(GError) error = NULL;
  LimnResiduals *residuals;
  LimnUnetConfig config;
  LimnUnetInput input;
  const float t = 500;

  if (!kit.gl)
    return;
  kit.folder = g_dir_make_tmp ("limn-control-XXXXXX", NULL);
  kit.arena = limn_arena_new (kit.gl);
  limn_cousin_write_folder (LIMN_COUSIN_SDXL, tables, kit.folder);
  json_path = g_build_filename (kit.folder, "unet", "config.json", NULL);
  unet_path = g_build_filename (kit.folder, "unet", "diffusion_pytorch_model.fp16.safetensors", NULL);
  json = limn_json_new_from_file (json_path, 1 << 20, &error);
  g_assert_no_error (error);
  limn_unet_config_read (&config, json, &error);
  g_assert_no_error (error);
  unet = load_wide_unet (&kit, &config, unet_path);
  net = make_wide_net (&kit, &config, unet_path);
  residuals = limn_residuals_new (kit.gl, LIMN_DTYPE_F32, &config, 1, 8, 8, &error);
  g_assert_no_error (error);

  context = make_noise (2, (gsize) TOKENS * config.context_width, -1, 1);
  vector = make_noise (4, config.vector_width, -1, 1);
  input = (LimnUnetInput){ .n = 1, .h = 8, .w = 8, .tokens = TOKENS, .x = x, .t = &t, .context = context, .vector = vector };
  limn_control_net_run (net, &input, 4, hint, 1, residuals, NULL, &error);
  g_assert_no_error (error);
  values = download (residuals);
  limn_unet_run (unet, &input, taps, NULL, y, &error);
  g_assert_no_error (error);
  assert_same_tap (taps, "conv_in", values, 0);
  assert_same_tap (taps, "down_blocks.0.resnets.0", values, 1);
  assert_same_tap (taps, "down_blocks.1.attentions.0", values, 3);
  assert_same_tap (taps, "mid_block.resnets.1", values, values->len - 1);
  input.residuals = residuals;
  limn_unet_run (unet, &input, NULL, NULL, changed, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (test_l2 (changed, y, 4 * XL_CELLS), >, 0.05);
  limn_residuals_unref (residuals);
}

/* What it needs is said before anything is allocated, and is what it takes. */
static void
test_need (void)
{
  g_auto(Kit) kit = { NULL };
  g_autoptr(LimnControlNet) net = NULL;
  g_autoptr(GError) error = NULL;
  LimnResiduals *residuals;
  g_auto(LimnPassNeed) need = { 0 };
  guint64 before, kept = 0;

  if (!kit_init (&kit, LIMN_DTYPE_F32))
    return;
  net = make_net (&kit, LIMN_TEST_CONTROL_RANDOM, NULL);
  residuals = make_residuals (&kit);
  limn_control_net_plan (net, N, H, W, TOKENS, &need, &error);
  g_assert_no_error (error);
  before = limn_gl_get_allocated_bytes (kit.gl);
  control (&kit, net, 1, residuals);
  g_assert_cmpuint (need.edge_bytes, >, 0);
  g_assert_cmpuint (need.peak_bytes, >, 0);
  for (guint i = 0; i < need.kept->len; i++)
    kept += g_array_index (need.kept, LimnGraphKept, i).bytes;
  g_assert_cmpuint (limn_gl_get_allocated_bytes (kit.gl), <=, before + need.edge_bytes + need.peak_bytes + kept + 65536);
  limn_residuals_unref (residuals);
}

/* --- What is no ControlNet, or one of another family --- */

static void
write_other (const char *path, const char *name)
{
  g_autoptr(LimnSafetensorsWriter) writer = limn_safetensors_writer_new ();
  g_autoptr(GBytes) bytes = NULL;
  const guint64 dims[] = { 1 };
  const float value = 0;

  limn_safetensors_writer_add_copy (writer, name, LIMN_SAFETENSORS_F32, 1, dims, &value);
  limn_safetensors_writer_add_copy (writer, "controlnet_cond_embedding.conv_in.weight", LIMN_SAFETENSORS_F32, 1, dims, &value);
  bytes = limn_safetensors_writer_to_bytes (writer);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
}

static void
assert_refused (const char *path, const LimnUnetConfig *unet, const char *says)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnControlFile) file = limn_control_file_open (path, unet, &error);

  g_assert_null (file);
  g_test_message ("%s", error->message);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, says));
}

static void
test_refused (void)
{
  static const struct
  {
    const char *tensor;
    const char *name;
  } others[] = {
    { "lora_controlnet", "Control-LoRA" },
    { "control_model.input_blocks.1.0.in_layers.2.down", "Control-LoRA" },
    { "down_blocks.0.ctrl_to_base.0.weight", "ControlNet-XS" },
    { "lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.down.0.weight", "ControlNet-LLLite" },
    { "task_embedding", "ControlNet Union" },
    { "ip_adapter.1.to_k_ip.weight", "IP-Adapter" },
    { "adapter.body.0.resnets.0.block1.weight", "T2I-Adapter" },
    { "body.0.block1.weight", "T2I-Adapter" },
    { "difference", "difference" },
  };
  g_autofree char *folder = g_dir_make_tmp ("limn-control-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "other.safetensors", NULL);
  g_autofree char *json = g_build_filename (folder, "config.json", NULL);
  g_autofree char *weights = g_build_filename (folder, "diffusion_pytorch_model.safetensors", NULL);
  g_autofree char *unet = test_path (UNET);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = limn_model_open (NULL, &error);
  const LimnUnetConfig *config;

  g_assert_no_error (error);
  config = &limn_model_get_facts (model)->unet;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      write_other (path, others[i].tensor);
      assert_refused (path, config, others[i].name);
    }
  /* A whole UNet is none, and neither is one for wider contexts. */
  assert_refused (unet, config, "is no ControlNet");
  limn_test_control_write (path, unet, LIMN_TEST_CONTROL_ZERO, NULL, 768);
  assert_refused (path, config, "Stable Diffusion 1");
  /* What only a folder's config says. */
  limn_test_control_write (weights, unet, LIMN_TEST_CONTROL_ZERO, NULL, 0);
  g_assert_true (g_file_set_contents (json, "{\"controlnet_conditioning_channel_order\": \"bgr\"}", -1, NULL));
  assert_refused (folder, config, "bgr");
  g_assert_true (g_file_set_contents (json, "{\"controlnet_conditioning_channel_order\": \"rgb\"}", -1, NULL));
  limn_control_file_free (limn_control_file_open (folder, config, &error));
  g_assert_no_error (error);
  limn_test_remove_folder (folder);
}

/* A ControlNet that lacks a tensor names it. */
static void
test_missing (void)
{
  g_auto(Kit) kit = { NULL };
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnControlFile) file = NULL;
  g_autoptr(LimnControlNet) net = NULL;
  g_autofree char *contents = NULL;
  char *at;
  gsize length;
  guint64 bytes;

  if (!kit_init (&kit, LIMN_DTYPE_F32))
    return;
  path = g_build_filename (kit.folder, "control.safetensors", NULL);
  limn_test_control_write (path, kit.unet_path, LIMN_TEST_CONTROL_ZERO, NULL, 0);
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  at = g_strstr_len (contents + 8, length - 8, "controlnet_down_blocks.3.weight");
  g_assert_nonnull (at);
  at[0] = 'x';
  g_assert_true (g_file_set_contents (path, contents, length, NULL));
  file = limn_control_file_open (path, get_config (&kit), &error);
  g_assert_no_error (error);
  net = limn_control_file_load (file, kit.gl, kit.dtype, kit.arena, NULL, &bytes, &error);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "controlnet_down_blocks.3.weight"));
}

/* --- The pipeline --- */

static float *
denoise (LimnPipeline *pipeline, const Kit *kit)
{
  float *y = g_new (float, N * 4 * SIDES);
  g_autoptr(GError) error = NULL;

  limn_pipeline_denoise (pipeline, N, H, W, TOKENS, kit->x, kit->t, kit->context, NULL, NULL, y, &error);
  g_assert_no_error (error);
  return y;
}

/* Bytes that the ControlNets take beside the pipeline's own. */
static guint64
get_need (LimnPipeline *pipeline, const char *const *paths, guint n, const LimnPipelineShape *shape)
{
  LimnPipelineShape asked = *shape;
  GError *error = NULL;

  limn_pipeline_add_controls_need (pipeline, paths, n, &asked, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (asked.beside_peak_bytes, >, 0);
  return asked.beside_bytes;
}

/* Loaded, used and let go: without any that speaks always the same bits; two are the sum of both, in any order; a file that is none changes nothing. */
static void
test_pipeline (void)
{
  g_auto(Kit) kit = { NULL };
  g_autofree char *zero = NULL;
  g_autofree char *random = NULL;
  g_autofree float *plain = NULL;
  g_autofree float *one = NULL;
  g_autofree float *both = NULL;
  g_autofree float *turned = NULL;
  g_autofree float *silent = NULL;
  g_autofree float *after = NULL;
  g_autoptr(LimnPipeline) pipeline = NULL;
  g_autoptr(GError) error = NULL;
  const LimnPipelineShape shape = { .n = N, .tokens = TOKENS, .unet_h = H, .unet_w = W, .decoder_h = H, .decoder_w = W };
  guint64 need, again, before, weights;

  if (!kit_init (&kit, LIMN_DTYPE_F32))
    return;
  zero = g_build_filename (kit.folder, "zero.safetensors", NULL);
  random = g_build_filename (kit.folder, "random.safetensors", NULL);
  limn_test_control_write (zero, kit.unet_path, LIMN_TEST_CONTROL_ZERO, NULL, 0);
  limn_test_control_write (random, kit.unet_path, LIMN_TEST_CONTROL_RANDOM, NULL, 0);
  pipeline = limn_pipeline_open (kit.gl, NULL, LIMN_DTYPE_F32, NULL, &error);
  g_assert_no_error (error);
  plain = denoise (pipeline, &kit);
  g_assert_true (is_same (plain, kit.plain));

  {
    const char *const paths[] = { random, zero, random };
    const LimnControlUse uses[] = { { random, kit.hint, 1 }, { zero, kit.hint, 1 } };
    const LimnControlUse reversed[] = { { zero, kit.hint, 1 }, { random, kit.hint, 1 } };
    const LimnControlUse none[] = { { random, kit.hint, 0 } };

    need = get_need (pipeline, paths, 3, &shape);
    before = limn_gl_get_allocated_bytes (kit.gl);
    g_assert_true (limn_pipeline_load_controls (pipeline, paths, 3, NULL, &error));
    g_assert_no_error (error);
    weights = limn_gl_get_allocated_bytes (kit.gl) - before;
    g_assert_cmpuint (weights, >, 25 << 20);
    g_assert_cmpuint (weights, <, need);
    /* To the byte: what is there now is not to come any more. */
    g_assert_cmpuint (get_need (pipeline, paths, 3, &shape), ==, need - weights);
    silent = denoise (pipeline, &kit);
    g_assert_true (is_same (silent, plain));

    limn_pipeline_use_controls (pipeline, uses, 1);
    one = denoise (pipeline, &kit);
    again = get_need (pipeline, paths, 3, &shape);
    g_assert_cmpuint (again, ==, 0);
    g_assert_false (is_same (one, plain));
    limn_pipeline_use_controls (pipeline, uses, 2);
    both = denoise (pipeline, &kit);
    g_assert_true (is_same (both, one));
    limn_pipeline_use_controls (pipeline, reversed, 2);
    turned = denoise (pipeline, &kit);
    g_assert_true (is_same (turned, one));
    limn_pipeline_use_controls (pipeline, none, 1);
    g_clear_pointer (&silent, g_free);
    silent = denoise (pipeline, &kit);
    g_assert_true (is_same (silent, plain));
  }
  {
    const char *const wrong[] = { random, kit.unet_path };

    g_assert_false (limn_pipeline_load_controls (pipeline, wrong, 2, NULL, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
    g_clear_error (&error);
    g_assert_true (limn_pipeline_load_controls (pipeline, NULL, 0, NULL, &error));
    after = denoise (pipeline, &kit);
    g_assert_true (is_same (after, plain));

    /* As long as there is room they stay, silent; else they go. */
    before = limn_gl_get_allocated_bytes (kit.gl);
    limn_gl_set_budget_bytes (kit.gl, before + before / 2);
    g_assert_true (limn_pipeline_load_controls (pipeline, NULL, 0, NULL, &error));
    g_assert_cmpuint (limn_gl_get_allocated_bytes (kit.gl), <, before - (10 << 20));
  }
}

/* On a device that has just what everything takes but the ControlNet: text encoder and decoder make room for it, and the bits are the same. */
static void
test_small_device (void)
{
  g_auto(Kit) kit = { NULL };
  g_autofree char *path = NULL;
  g_autofree float *wanted = NULL;
  g_autofree float *got = NULL;
  g_autoptr(LimnGl) gl = NULL;
  g_autoptr(LimnPipeline) pipeline = NULL;
  g_autoptr(GError) error = NULL;
  LimnPipelineShape shape = { .n = N, .tokens = TOKENS, .unet_h = H, .unet_w = W, .decoder_h = H, .decoder_w = W };
  LimnPipelinePlan plan;
  guint64 need, limit;

  if (!kit_init (&kit, LIMN_DTYPE_F32))
    return;
  path = g_build_filename (kit.folder, "random.safetensors", NULL);
  limn_test_control_write (path, kit.unet_path, LIMN_TEST_CONTROL_RANDOM, NULL, 0);
  gl = test_gpu_new ();
  for (guint i = 0; i < 2; i++)
    {
      const char *const paths[] = { path };
      const LimnControlUse use = { path, kit.hint, 1 };
      g_autofree float *y = NULL;

      pipeline = limn_pipeline_open (gl, NULL, LIMN_DTYPE_F32, NULL, &error);
      g_assert_no_error (error);
      if (i == 1)
        {
          g_assert_true (limn_pipeline_get_shape_need (pipeline, &shape, &need, &limit, &plan, &error));
          limn_gl_set_budget_bytes (gl, need);
          g_assert_true (limn_pipeline_add_controls_need (pipeline, paths, 1, &shape, &error));
          g_assert_true (limn_pipeline_get_shape_need (pipeline, &shape, &need, &limit, &plan, &error));
          g_assert_cmpint (plan, >, LIMN_PLAN_SLABS);
          g_assert_cmpint (plan, <, LIMN_PLAN_NONE);
        }
      g_assert_true (limn_pipeline_load_controls (pipeline, paths, 1, NULL, &error));
      g_assert_no_error (error);
      limn_pipeline_use_controls (pipeline, &use, 1);
      y = denoise (pipeline, &kit);
      if (i == 0)
        wanted = g_steal_pointer (&y);
      else
        got = g_steal_pointer (&y);
      g_clear_pointer (&pipeline, limn_pipeline_free);
    }
  g_assert_true (is_same (got, wanted));
}

void
test_add_control (void)
{
  g_test_add_data_func ("/model/control/zero/f32", GINT_TO_POINTER (LIMN_DTYPE_F32), test_zero);
  g_test_add_data_func ("/model/control/zero/f16", GINT_TO_POINTER (LIMN_DTYPE_F16), test_zero);
  g_test_add_data_func ("/model/control/copy/f32", GINT_TO_POINTER (LIMN_DTYPE_F32), test_copy);
  g_test_add_data_func ("/model/control/copy/f16", GINT_TO_POINTER (LIMN_DTYPE_F16), test_copy);
  g_test_add_data_func ("/model/control/sum/f32", NULL, test_sum);
  g_test_add_data_func ("/model/control/sum/f16", GINT_TO_POINTER (TRUE), test_sum);
  g_test_add_func ("/model/control/layouts", test_layouts);
  g_test_add_func ("/model/control/channels", test_channels);
  g_test_add_func ("/model/control/vector", test_vector);
  g_test_add_func ("/model/control/need", test_need);
  g_test_add_func ("/model/control/pipeline", test_pipeline);
  g_test_add_func ("/model/control/small-device", test_small_device);
  g_test_add_func ("/model/control/refused", test_refused);
  g_test_add_func ("/model/control/missing", test_missing);
}
