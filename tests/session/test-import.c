/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Texts in the form in which each program writes them; all of them made up. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "image/limn-exif.h"
#include "session/limn-import.h"
#include "session/limn-recipe.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static LimnImport *
import_texts (const char *const *pairs, guint multiple)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; pairs[i]; i += 2)
    {
      LimnPngText *text = g_new (LimnPngText, 1);

      text->keyword = (char *) pairs[i];
      text->text = (char *) pairs[i + 1];
      g_ptr_array_add (texts, text);
    }
  return limn_import_new (texts, multiple);
}

static LimnImport *
import_text (const char *keyword, const char *text)
{
  const char *pairs[] = { keyword, text, NULL };

  return import_texts (pairs, 8);
}

static void
assert_note (const LimnImport *import, const char *part)
{
  for (guint i = 0; i < import->notes->len; i++)
    if (strstr (g_ptr_array_index (import->notes, i), part))
      return;
  g_error ("no note says “%s”", part);
}

static void
assert_no_note (const LimnImport *import, const char *part)
{
  for (guint i = 0; i < import->notes->len; i++)
    if (strstr (g_ptr_array_index (import->notes, i), part))
      g_error ("a note says: %s", (char *) g_ptr_array_index (import->notes, i));
}

/* What a request must be; 0, NULL and -1 where the picture says nothing. */
typedef struct
{
  LimnImportOrigin origin;
  const char      *prompt;
  const char      *negative;
  guint64          seed;
  LimnNoiseKind    rng;
  guint            steps;
  int              sampler;
  LimnScheduleKind schedule;
  double           cfg;
  guint            width;
  guint            height;
} Expected;

static void
assert_request (const LimnImport *import, const Expected *e)
{
  const LimnRequest *r = import->request;
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (import->origin, ==, e->origin);
  g_assert_nonnull (r);
  limn_request_check (r, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (r->prompt, ==, e->prompt);
  g_assert_cmpstr (r->negative, ==, e->negative ? e->negative : "");
  g_assert_cmpuint (r->seed, ==, e->seed);
  g_assert_cmpint (r->rng, ==, e->rng);
  g_assert_cmpint (!(r->open & LIMN_REQUEST_OPEN_STEPS), ==, e->steps > 0);
  if (e->steps > 0)
    g_assert_cmpuint (r->steps, ==, e->steps);
  g_assert_cmpint (!(r->open & LIMN_REQUEST_OPEN_SAMPLER), ==, e->sampler >= 0);
  if (e->sampler >= 0)
    g_assert_cmpint (r->sampler, ==, e->sampler);
  g_assert_cmpstr (limn_schedule_kind_get_name (r->schedule), ==, limn_schedule_kind_get_name (e->schedule));
  g_assert_cmpint (!(r->open & LIMN_REQUEST_OPEN_CFG), ==, e->cfg > 0);
  if (e->cfg > 0)
    g_assert_cmpfloat (r->cfg, ==, e->cfg);
  g_assert_cmpint (!(r->open & LIMN_REQUEST_OPEN_SIZE), ==, e->width > 0);
  if (e->width > 0)
    {
      g_assert_cmpuint (r->width, ==, e->width);
      g_assert_cmpuint (r->height, ==, e->height);
    }
}

static void
test_a1111 (void)
{
  static const Expected expected = { LIMN_IMPORT_A1111, "a house, (red:1.2)\nsecond line <lora:Old_Paint:0.8>", "fog, dull", 965400086, LIMN_NOISE_CUDA, 20,
                                     LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_KARRAS, 7, 512, 704 };
  g_autoptr(LimnImport) import = import_text (
    "parameters", "a house, (red:1.2)\nsecond line <lora:Old_Paint:0.8>\nNegative prompt: fog, dull\n"
                  "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 965400086, Size: 515x700, Model hash: "
                  "45dee52b0a, Model: dreamer_8, VAE hash: 1234, VAE: soft.safetensors, Clip skip: 2, Lora hashes: \"Old_Paint: "
                  "9f1a\", Variation seed: 5, Variation seed strength: 0.2, ControlNet 0: \"Module: canny, Model: x\", Sharpness: 3, "
                  "Version: v1.10.1");

  assert_request (import, &expected);
  g_assert_false (import->exact);
  g_assert_cmpstr (import->model, ==, "dreamer_8");
  g_assert_cmpstr (import->model_hash, ==, "45dee52b0a");
  assert_note (import, "515 × 700; 512 × 704");
  assert_note (import, "“dreamer_8” (hash 45dee52b0a)");
  assert_note (import, "Old_Paint.");
  assert_note (import, "soft.safetensors");
  g_assert_cmpuint (import->request->clip_skip, ==, 2);
  assert_note (import, "ControlNet");
  assert_note (import, "not know were left out: Sharpness.");
  g_assert_cmpuint (import->notes->len, ==, 6);
  g_assert_cmpuint (import->request->variation_seed, ==, 5);
  g_assert_cmpfloat (import->request->variation_strength, ==, 0.2);
}

/* A second seed and a size to resize the seed from, in the line that AUTOMATIC1111 writes: both are left out where they do nothing. */
static void
test_variation (void)
{
  static const struct
  {
    const char *pairs;
    guint64     seed;
    double      strength;
    guint       width, height;
    const char *note;
  } cases[] = {
    { "Variation seed: 1139218310, Variation seed strength: 0.35, Seed resize from: 512x768", 1139218310, 0.35, 512, 768, NULL },
    { "Variation seed: 18446744073709551615, Variation seed strength: 1", G_MAXUINT64, 1, 0, 0, NULL },
    { "Variation seed: 7, Variation seed strength: 0", 0, 0, 0, 0, NULL },
    { "Seed resize from: 384x384", 0, 0, 384, 384, NULL },
    { "Seed resize from: 0x0", 0, 0, 0, 0, "Seed resize from" },
    { "Seed resize from: 99999x512", 0, 0, 0, 0, "Seed resize from" },
    { "Seed resize from: -1x-1", 0, 0, 0, 0, "Seed resize from" },
    { "Variation seed: 7, Variation seed strength: 1.5", 0, 0, 0, 0, "variation seed 7" },
    { "Variation seed: 7, Variation seed strength: nan", 0, 0, 0, 0, "variation seed 7" },
    { "Variation seed: 7", 0, 0, 0, 0, "variation seed 7" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat ("a house\nSteps: 20, Sampler: Euler a, Schedule type: Automatic, CFG scale: 7, Seed: 3, "
                                           "Size: 512x512, ", cases[i].pairs, ", Version: v1.10.1", NULL);
      g_autoptr(LimnImport) import = import_text ("parameters", text);

      g_assert_cmpuint (import->request->variation_seed, ==, cases[i].seed);
      g_assert_cmpfloat (import->request->variation_strength, ==, cases[i].strength);
      g_assert_cmpuint (import->request->seed_width, ==, cases[i].width);
      g_assert_cmpuint (import->request->seed_height, ==, cases[i].height);
      if (cases[i].note)
        assert_note (import, cases[i].note);
      else
        g_assert_cmpuint (import->notes->len, ==, 0);
    }
}

/* What it means when nothing is said, by program and version. */
static void
test_defaults (void)
{
  static const struct
  {
    const char      *line;
    LimnSamplerKind  sampler;
    LimnScheduleKind schedule;
    LimnNoiseKind    rng;
  } cases[] = {
    { "Sampler: Euler a, Version: v1.10.1", LIMN_SAMPLER_EULER_A, LIMN_SCHEDULE_DISCRETE, LIMN_NOISE_CUDA },
    { "Sampler: DPM++ 2M, Schedule type: Automatic, Version: v1.10.1", LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_KARRAS, LIMN_NOISE_CUDA },
    { "Sampler: DPM++ 2M, Version: v1.6.0", LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_DISCRETE, LIMN_NOISE_CUDA },
    { "Sampler: DPM++ 2M Karras, Version: v1.6.0-2-g4afaaf8a", LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_KARRAS, LIMN_NOISE_CUDA },
    { "Sampler: DPM++ 2M SDE Exponential, Version: 1.7.0", LIMN_SAMPLER_DPMPP_2M_SDE, LIMN_SCHEDULE_EXPONENTIAL, LIMN_NOISE_CUDA },
    { "Sampler: DPM++ 2M SDE Karras", LIMN_SAMPLER_DPMPP_2M_SDE, LIMN_SCHEDULE_KARRAS, LIMN_NOISE_CUDA },
    { "Sampler: DPM2 a Karras", LIMN_SAMPLER_DPM2_A, LIMN_SCHEDULE_KARRAS, LIMN_NOISE_CUDA },
    { "Sampler: DDIM, Version: v1.6.0", LIMN_SAMPLER_DDIM, LIMN_SCHEDULE_DDIM_UNIFORM, LIMN_NOISE_CUDA },
    { "Sampler: Heun, Schedule type: SGM Uniform, RNG: CPU", LIMN_SAMPLER_HEUN, LIMN_SCHEDULE_SGM_UNIFORM, LIMN_NOISE_CPU },
    { "Sampler: Euler, Schedule type: Uniform, RNG: NV", LIMN_SAMPLER_EULER, LIMN_SCHEDULE_DISCRETE, LIMN_NOISE_CUDA },
    { "Sampler: DPM++ 2M, Schedule type: Automatic, Version: Limn 0.1.0", LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_MODEL, LIMN_NOISE_CUDA },
    { "Sampler: DDIM, Schedule type: Automatic, RNG: CPU, Timestep spacing: trailing, Version: Limn 0.1.0", LIMN_SAMPLER_DDIM,
      LIMN_SCHEDULE_TRAILING, LIMN_NOISE_CPU },
    { "Sampler: euler_a discrete, RNG: cuda, Version: stable-diffusion.cpp", LIMN_SAMPLER_EULER_A, LIMN_SCHEDULE_DISCRETE,
      LIMN_NOISE_CUDA },
    { "Sampler: dpm++2s_a karras, RNG: cpu, Version: stable-diffusion.cpp", LIMN_SAMPLER_DPMPP_2S_A, LIMN_SCHEDULE_KARRAS,
      LIMN_NOISE_CPU },
    { "Sampler: dpm++2m, Version: stable-diffusion.cpp", LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_DISCRETE, LIMN_NOISE_CUDA },
    { "Sampler: ddim_trailing, Version: stable-diffusion.cpp", LIMN_SAMPLER_DDIM, LIMN_SCHEDULE_TRAILING, LIMN_NOISE_CUDA },
    { "Sampler: Default - DPM++ 2M, Model hash: unknown, Model: x", LIMN_SAMPLER_DPMPP_2M, LIMN_SCHEDULE_KARRAS, LIMN_NOISE_CPU },
    { "Sampler: Alternative - Euler A, Model hash: unknown, Model: x", LIMN_SAMPLER_EULER_A, LIMN_SCHEDULE_DISCRETE, LIMN_NOISE_CPU },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("x\nSteps: 4, Seed: 1, CFG scale: 2, %s", cases[i].line);
      g_autoptr(LimnImport) import = import_text ("parameters", text);

      g_test_message ("%s", cases[i].line);
      g_assert_nonnull (import->request);
      g_assert_cmpint (import->request->open & LIMN_REQUEST_OPEN_SAMPLER, ==, 0);
      g_assert_cmpint (import->request->sampler, ==, cases[i].sampler);
      g_assert_cmpstr (limn_schedule_kind_get_name (import->request->schedule), ==, limn_schedule_kind_get_name (cases[i].schedule));
      g_assert_cmpint (import->request->rng, ==, cases[i].rng);
      assert_no_note (import, "takes its place");
    }
}

/* Every sampler and schedule by every name that it has here is itself. */
static void
test_names (void)
{
  const char *const *schedules = limn_schedule_kind_list_names ();

  for (guint i = 0; i < LIMN_SAMPLER_N_KINDS; i++)
    for (guint j = 0; j < 2; j++)
      {
        const LimnSamplerFacts *facts = limn_sampler_get_facts (i);
        g_autofree char *text = g_strdup_printf ("x\nSteps: 4, Seed: 1, Size: 64x64, Sampler: %s",
                                                 j == 0 ? facts->name : facts->display_name);
        g_autoptr(LimnImport) import = import_text ("parameters", text);

        g_assert_cmpint (import->request->sampler, ==, i);
        assert_no_note (import, "takes its place");
      }
  for (guint i = 1; schedules[i]; i++)
    {
      g_autofree char *text = g_strdup_printf ("x\nSteps: 4, Seed: 1, Sampler: Euler, Schedule type: %s", schedules[i]);
      g_autoptr(LimnImport) import = import_text ("parameters", text);

      g_assert_cmpstr (limn_schedule_kind_get_name (import->request->schedule), ==, schedules[i]);
    }
}

static void
test_unknown (void)
{
  g_autoptr(LimnImport) import = import_text ("parameters", "x [a:b:0.5]\nSteps: 5000, Sampler: Wondrous, Schedule type: Beta, CFG scale: "
                                                            "5000, Seed: -1, Size: 1000000x3, Hires upscale: 2, RNG: std_default");
  g_autoptr(LimnImport) near = import_text ("parameters", "x\nSteps: 5, Sampler: DPM adaptive, Schedule type: Odd, Seed: 18446744073709551615, "
                                                          "ENSD: 31337, Denoising strength: 0.5");
  g_autoptr(LimnImport) nothing = import_text ("parameters", "only words");
  g_autoptr(LimnImport) empty = import_text ("Comment", "x");

  g_assert_cmpint (import->origin, ==, LIMN_IMPORT_PARAMETERS);
  g_assert_cmpuint (import->request->steps, ==, LIMN_STEPS_MAX);
  g_assert_cmpfloat (import->request->cfg, ==, LIMN_REQUEST_MAX_CFG);
  g_assert_cmpuint (import->request->width, ==, LIMN_REQUEST_MAX_SIDE);
  g_assert_cmpuint (import->request->height, ==, 8);
  g_assert_true (import->request->open & LIMN_REQUEST_OPEN_SAMPLER);
  assert_note (import, "sampler “Wondrous”");
  assert_note (import, "“Beta”");
  assert_note (import, "5000 steps");
  assert_note (import, "seed");
  assert_note (import, "second time");
  assert_note (import, "std_default");
  g_assert_cmpstr (import->request->prompt, ==, "x [a:b:0.5]");

  g_assert_cmpuint (near->request->seed, ==, G_MAXUINT64);
  g_assert_cmpint (near->request->sampler, ==, LIMN_SAMPLER_DPMPP_2M);
  assert_note (near, "“DPM adaptive”; “DPM++ 2M”");
  assert_note (near, "“Odd”");
  assert_note (near, "ENSD");
  assert_note (near, "over another picture");

  g_assert_null (nothing->request);
  g_assert_null (empty->request);
  g_assert_cmpint (empty->origin, ==, LIMN_IMPORT_NOBODY);
}

/* Inpainting as AUTOMATIC1111 tells of it: what it leaves out is as usual there. */
static void
test_a1111_start (void)
{
  static const struct
  {
    const char *pairs;
    gboolean    is_start;
    double      strength;
    guint       feather;
    gboolean    only_masked;
    guint       padding;
    guint       content;
    gboolean    wraps;
  } cases[] = {
    { "Denoising strength: 0.5", TRUE, 0.5, 4, FALSE, 32, LIMN_CONTENT_ORIGINAL, FALSE },
    { "Denoising strength: 0.75, Mask blur: 9, Inpaint area: Only masked, Masked area padding: 64, Masked content: fill", TRUE, 0.75, 9,
      TRUE, 64, LIMN_CONTENT_BLURRED, FALSE },
    { "Denoising strength: 1, Mask mode: Inpaint not masked, Masked content: latent nothing, Tiling: True", TRUE, 1, 4, FALSE, 32,
      LIMN_CONTENT_EMPTY, TRUE },
    { "Mask blur: 1e9, Masked area padding: nan, Denoising strength: 7, Inpaint area: Only masked", TRUE, LIMN_SOURCE_STRENGTH,
      LIMN_SOURCE_MAX_FEATHER, TRUE, 0, LIMN_CONTENT_ORIGINAL, FALSE },
    { "Mask blur: -3, Denoising strength: inf", TRUE, LIMN_SOURCE_STRENGTH, 0, FALSE, 32, LIMN_CONTENT_ORIGINAL, FALSE },
    { "Denoising strength: 0.4, Hires upscale: 2, Tiling: False", FALSE, 0, 0, FALSE, 0, 0, FALSE },
    { "Clip skip: 1", FALSE, 0, 0, FALSE, 0, 0, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("x\nSteps: 20, Sampler: Euler a, Seed: 1, Size: 512x512, %s, Version: v1.10.1", cases[i].pairs);
      g_autoptr(LimnImport) import = import_text ("parameters", text);

      g_assert_cmpint (import->start != NULL, ==, cases[i].is_start);
      g_assert_cmpint (import->request->wrap_x, ==, cases[i].wraps);
      g_assert_cmpint (import->request->wrap_y, ==, cases[i].wraps);
      g_assert_null (import->request->source);
      if (!import->start)
        continue;
      g_assert_null (import->start->picture);
      g_assert_cmpfloat (import->start->strength, ==, cases[i].strength);
      g_assert_cmpuint (import->start->feather, ==, cases[i].feather);
      g_assert_cmpint (import->start->only_masked, ==, cases[i].only_masked);
      g_assert_cmpuint (import->start->padding, ==, cases[i].padding);
      g_assert_cmpuint (import->start->content, ==, cases[i].content);
    }
}

static void
test_sdcpp (void)
{
  static const Expected expected = { LIMN_IMPORT_SDCPP, "a \"cat\", sat: down <lora:ink:0.5>", "dog", 42, LIMN_NOISE_CUDA, 15, LIMN_SAMPLER_EULER_A,
                                     LIMN_SCHEDULE_KARRAS, 6.5, 512, 768 };
  g_autoptr(LimnImport) import = import_text (
    "parameters",
    "a \"cat\", sat: down<lora:ink:0.5>\nNegative prompt: dog\nSteps: 15, CFG scale: 6.500000, Guidance: 3.500000, Eta: inf, Seed: 42, "
    "Size: 512x768, Model: sd.safetensors, RNG: cuda, Sampler: euler_a karras, Version: stable-diffusion.cpp, SDCPP: {\"schema\":"
    "\"sdcpp.image.params/v1\",\"mode\":\"img_gen\",\"seed\":42,\"width\":512,\"height\":768,\"prompt\":{\"positive\":\"a \\\"cat\\\", sat: "
    "down\",\"negative\":\"dog\"},\"sampling\":{\"steps\":15,\"eta\":null,\"method\":\"euler_a\",\"scheduler\":\"karras\",\"guidance\":{"
    "\"txt_cfg\":6.5}},\"models\":{\"model\":\"sd.safetensors\",\"control_net\":\"canny.pth\"},\"loras\":[{\"name\":\"ink.safetensors\","
    "\"multiplier\":0.5}],\"clip_skip\":-1,\"strength\":0.75}");

  assert_request (import, &expected);
  assert_note (import, "ink.");
  assert_note (import, "ControlNet");
  assert_note (import, "“sd.safetensors”");
  assert_no_note (import, "over another");
  assert_no_note (import, "not know");
}

#define COMFY_TEXTS                                                                                                                \
  "\"6\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"a [red] (door:1.2)\",\"clip\":[\"10\",1]}},"                     \
  "\"7\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":[\"20\",0],\"clip\":[\"4\",1]}},"                                  \
  "\"20\":{\"class_type\":\"StringConcatenate\",\"inputs\":{\"string_a\":\"bl\",\"string_b\":[\"21\",0],\"delimiter\":\"u\"}},"     \
  "\"21\":{\"class_type\":\"PrimitiveString\",\"inputs\":{\"value\":\"r\"}},"                                                       \
  "\"4\":{\"class_type\":\"CheckpointLoaderSimple\",\"inputs\":{\"ckpt_name\":\"v1-5.safetensors\"}},"                              \
  "\"10\":{\"class_type\":\"LoraLoader\",\"inputs\":{\"lora_name\":\"sub/ink.safetensors\",\"strength_model\":1,\"model\":[\"4\",0]," \
  "\"clip\":[\"4\",1]}},\"8\":{\"class_type\":\"VAEDecode\",\"inputs\":{\"samples\":[\"3\",0],\"vae\":[\"4\",2]}},"                 \
  "\"9\":{\"class_type\":\"SaveImage\",\"inputs\":{\"filename_prefix\":\"x\",\"images\":[\"8\",0]}}"

static void
test_comfy (void)
{
  static const Expected expected = { LIMN_IMPORT_COMFYUI, "a \\[red\\] (door:1.2) <lora:ink:1>", "blur", G_GUINT64_CONSTANT (18446744073709551615),
                                     LIMN_NOISE_CPU, 25, LIMN_SAMPLER_DPMPP_2M_SDE, LIMN_SCHEDULE_KARRAS, 6.5, 640, 512 };
  g_autoptr(LimnImport) import = import_text (
    "prompt",
    "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":18446744073709551615,\"steps\":[\"30\",0],\"cfg\":6.5,\"sampler_name\":"
    "\"dpmpp_2m_sde_gpu\",\"scheduler\":\"karras\",\"denoise\":1.0,\"model\":[\"10\",0],\"positive\":[\"6\",0],\"negative\":[\"40\",1],"
    "\"latent_image\":[\"5\",0]},\"is_changed\":[NaN]},\"30\":{\"class_type\":\"PrimitiveInt\",\"inputs\":{\"value\":25}},"
    "\"40\":{\"class_type\":\"ControlNetApplyAdvanced\",\"inputs\":{\"positive\":[\"6\",0],\"negative\":[\"7\",0],\"strength\":1}},"
    "\"5\":{\"class_type\":\"EmptyLatentImage\",\"inputs\":{\"width\":640,\"height\":512,\"batch_size\":2}}," COMFY_TEXTS "}");

  assert_request (import, &expected);
  g_assert_cmpstr (import->model, ==, "v1-5.safetensors");
  assert_note (import, "ink.");
  assert_note (import, "ControlNet");
  assert_note (import, "one of 2 pictures");
  assert_note (import, "draws its noise in another way");
}

/* Two passes: the first is taken. And the one whose parts are nodes of their own. */
static void
test_comfy_passes (void)
{
  static const Expected expected = { LIMN_IMPORT_COMFYUI, "a \\[red\\] (door:1.2) <lora:ink:1>", "blur", 7, LIMN_NOISE_CPU, 20, LIMN_SAMPLER_EULER,
                                     LIMN_SCHEDULE_DISCRETE, 8, 512, 512 };
  static const Expected parts = { LIMN_IMPORT_COMFYUI, "a \\[red\\] (door:1.2) <lora:ink:1>", "blur", 9, LIMN_NOISE_CPU, 12, LIMN_SAMPLER_HEUN,
                                  LIMN_SCHEDULE_TRAILING, 5, 512, 512 };
  g_autoptr(LimnImport) two = import_text (
    "prompt",
    "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":8,\"steps\":10,\"cfg\":4,\"sampler_name\":\"lcm\",\"scheduler\":\"simple\","
    "\"denoise\":0.5,\"model\":[\"4\",0],\"positive\":[\"6\",0],\"negative\":[\"7\",0],\"latent_image\":[\"50\",0]}},"
    "\"50\":{\"class_type\":\"LatentUpscale\",\"inputs\":{\"samples\":[\"51\",0],\"width\":1024,\"height\":1024}},"
    "\"51\":{\"class_type\":\"KSamplerAdvanced\",\"inputs\":{\"noise_seed\":7,\"steps\":20,\"cfg\":8,\"sampler_name\":\"euler\","
    "\"scheduler\":\"normal\",\"start_at_step\":0,\"end_at_step\":10000,\"model\":[\"4\",0],\"positive\":[\"6\",0],\"negative\":[\"7\",0],"
    "\"latent_image\":[\"5\",0]}},"
    "\"5\":{\"class_type\":\"EmptyLatentImage\",\"inputs\":{\"width\":512,\"height\":512,\"batch_size\":1}}," COMFY_TEXTS "}");
  g_autoptr(LimnImport) custom = import_text (
    "prompt",
    "{\"3\":{\"class_type\":\"SamplerCustomAdvanced\",\"inputs\":{\"noise\":[\"60\",0],\"guider\":[\"61\",0],\"sampler\":[\"62\",0],"
    "\"sigmas\":[\"63\",0],\"latent_image\":[\"5\",0]}},\"60\":{\"class_type\":\"RandomNoise\",\"inputs\":{\"noise_seed\":9}},"
    "\"61\":{\"class_type\":\"CFGGuider\",\"inputs\":{\"cfg\":5,\"model\":[\"64\",0],\"positive\":[\"6\",0],\"negative\":[\"7\",0]}},"
    "\"62\":{\"class_type\":\"KSamplerSelect\",\"inputs\":{\"sampler_name\":\"heun\"}},"
    "\"63\":{\"class_type\":\"BasicScheduler\",\"inputs\":{\"scheduler\":\"simple\",\"steps\":12,\"denoise\":1,\"model\":[\"64\",0]}},"
    "\"64\":{\"class_type\":\"ModelSamplingDiscrete\",\"inputs\":{\"sampling\":\"v_prediction\",\"zsnr\":false,\"model\":[\"65\",0]}},"
    "\"65\":{\"class_type\":\"RescaleCFG\",\"inputs\":{\"multiplier\":0.7,\"model\":[\"4\",0]}},"
    "\"5\":{\"class_type\":\"EmptyLatentImage\",\"inputs\":{\"width\":512,\"height\":512,\"batch_size\":1}}," COMFY_TEXTS "}");

  assert_request (two, &expected);
  assert_note (two, "2 passes");
  assert_request (custom, &parts);
  g_assert_cmpint (custom->request->prediction, ==, LIMN_PREDICTION_V);
  g_assert_cmpfloat (custom->request->cfg_rescale, ==, 0.7);
  g_assert_cmpstr (custom->model, ==, "v1-5.safetensors");
}

/* Both ways through one node, mixed in one prompt. */
static void
test_comfy_two_ways (void)
{
  g_autoptr(LimnImport) import = import_text (
    "prompt",
    "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":1,\"steps\":2,\"cfg\":3,\"sampler_name\":\"euler\",\"scheduler\":\"normal\","
    "\"model\":[\"4\",0],\"positive\":[\"41\",0],\"latent_image\":[\"5\",0]}},"
    "\"41\":{\"class_type\":\"ConditioningCombine\",\"inputs\":{\"conditioning_1\":[\"40\",0],\"conditioning_2\":[\"40\",1]}},"
    "\"40\":{\"class_type\":\"ControlNetApplyAdvanced\",\"inputs\":{\"positive\":[\"6\",0],\"negative\":[\"7\",0]}},"
    "\"5\":{\"class_type\":\"EmptyLatentImage\",\"inputs\":{\"width\":64,\"height\":64,\"batch_size\":1}}," COMFY_TEXTS "}");

  g_assert_cmpstr (import->request->prompt, ==, "a \\[red\\] (door:1.2), blur <lora:ink:1>");
  assert_note (import, "mixed");
}

/* Circles everywhere, and a text that doubles at each of forty levels. */
static void
test_comfy_hostile (void)
{
  g_autoptr(LimnImport) circles = import_text (
    "prompt",
    "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":[\"1\",0],\"steps\":[\"3\",0],\"sampler_name\":\"euler\",\"model\":[\"10\",0],"
    "\"positive\":[\"6\",0],\"negative\":[\"7\",0],\"latent_image\":[\"5\",0]}},\"1\":{\"class_type\":\"P\",\"inputs\":{\"value\":[\"1\",0]}},"
    "\"10\":{\"class_type\":\"A\",\"inputs\":{\"model\":[\"11\",0]}},\"11\":{\"class_type\":\"B\",\"inputs\":{\"model\":[\"10\",0]}},"
    "\"6\":{\"class_type\":\"ConditioningCombine\",\"inputs\":{\"conditioning_1\":[\"6\",0],\"conditioning_2\":[\"6\",1]}},"
    "\"7\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":[\"20\",0],\"clip\":[\"12\",0]}},"
    "\"12\":{\"class_type\":\"CLIPSetLastLayer\",\"inputs\":{\"stop_at_clip_layer\":-2,\"clip\":[\"12\",0]}},"
    "\"20\":{\"class_type\":\"T\",\"inputs\":{\"text\":[\"20\",0],\"text_a\":[\"20\",0]}},"
    "\"5\":{\"class_type\":\"L\",\"inputs\":{\"samples\":[\"5\",-9]}}}");
  GString *json = g_string_new ("{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":1,\"steps\":1,\"sampler_name\":\"euler\","
                                "\"latent_image\":[\"0\",0],\"positive\":[\"2\",0]}},\"2\":{\"class_type\":\"E\",\"inputs\":{\"text\":[\"t0\",0]}}");
  g_autoptr(LimnImport) doubled = NULL;

  g_assert_nonnull (circles->request);
  g_assert_true (circles->request->open & LIMN_REQUEST_OPEN_STEPS);
  g_assert_cmpuint (circles->request->clip_skip, ==, 2);

  for (guint i = 0; i < 40; i++)
    g_string_append_printf (json, ",\"t%u\":{\"class_type\":\"T\",\"inputs\":{\"text_a\":[\"t%u\",0],\"text_b\":[\"t%u\",0]}}", i, i + 1, i + 1);
  g_string_append (json, ",\"t40\":{\"class_type\":\"T\",\"inputs\":{\"text\":\"words\"}}}");
  doubled = import_text ("prompt", json->str);
  g_assert_nonnull (doubled->request);
  g_string_free (json, TRUE);
}

/* What means something here is text there. */
static void
test_comfy_words (void)
{
  g_autoptr(LimnImport) import = import_text (
    "prompt", "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":1,\"steps\":1,\"sampler_name\":\"euler\","
              "\"latent_image\":[\"0\",0],\"positive\":[\"2\",0]}},"
              "\"2\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"salt AND pepper, SAND, a BREAK [x|y]\"}}}");

  g_assert_nonnull (import->request);
  g_assert_cmpstr (import->request->prompt, ==, "salt and pepper, SAND, a break \\[x|y\\]");
}

static void
test_invoke (void)
{
  static const Expected expected = { LIMN_IMPORT_INVOKEAI, "a barn <lora:ink:0.7>", "fog", 77, LIMN_NOISE_CPU, 30, LIMN_SAMPLER_DPMPP_2M_SDE,
                                     LIMN_SCHEDULE_KARRAS, 7.5, 768, 512 };
  static const Expected old = { LIMN_IMPORT_INVOKEAI, "a barn at night", "fog, rain", 3, LIMN_NOISE_CPU, 50, LIMN_SAMPLER_LMS,
                                LIMN_SCHEDULE_MODEL, 7.5, 512, 512 };
  static const Expected dream = { LIMN_IMPORT_INVOKEAI, "a barn", "fog", 123, LIMN_NOISE_CPU, 50, LIMN_SAMPLER_EULER_A,
                                  LIMN_SCHEDULE_MODEL, 7.5, 512, 640 };
  g_autoptr(LimnImport) import = import_text (
    "invokeai_metadata",
    "{\"generation_mode\":\"img2img\",\"positive_prompt\":\"a barn\",\"negative_prompt\":\"fog\",\"width\":768,\"height\":512,\"seed\":77,"
    "\"rand_device\":\"cpu\",\"cfg_scale\":7.5,\"cfg_rescale_multiplier\":0,\"steps\":30,\"scheduler\":\"dpmpp_2m_sde_k\",\"clip_skip\":0,"
    "\"model\":{\"key\":\"1\",\"hash\":\"blake3:abcd\",\"name\":\"Dream\",\"base\":\"sd-1\",\"type\":\"main\"},\"controlnets\":[{\"image\":{}}],"
    "\"strength\":0.35,\"ipAdapters\":[],\"loras\":[{\"model\":{\"name\":\"ink\"},\"weight\":0.7}],\"seamless_x\":true,\"app_version\":\"5.0.0\"}");
  g_autoptr(LimnImport) v2 = import_text (
    "sd-metadata",
    "{\"model\":\"stable diffusion\",\"model_weights\":\"stable-diffusion-1.5\",\"model_hash\":\"cc6cb27103\",\"app_id\":\"invoke-ai/InvokeAI\","
    "\"app_version\":\"2.3.0\",\"image\":{\"prompt\":[{\"prompt\":\"a barn [fog] at night [rain]\",\"weight\":1.0}],\"steps\":50,"
    "\"cfg_scale\":7.5,\"height\":512,\"width\":512,\"seed\":3,\"type\":\"txt2img\",\"sampler\":\"k_lms\",\"variations\":[]}}");
  g_autoptr(LimnImport) v1 = import_text ("Dream", "\"a barn [fog]\" -s 50 -S 123 -W512 -H 640 -C 7.5 -A k_euler_a");

  assert_request (import, &expected);
  assert_note (import, "over another picture");
  assert_note (import, "ControlNet");
  assert_no_note (import, "side by side");
  g_assert_true (import->request->wrap_x);
  g_assert_false (import->request->wrap_y);
  g_assert_cmpfloat (import->start->strength, ==, 0.35);
  assert_note (import, "ink");
  assert_no_note (import, "IP-Adapter");
  assert_request (v2, &old);
  g_assert_cmpstr (v2->model_hash, ==, "cc6cb27103");
  assert_request (v1, &dream);
}

static void
test_fooocus (void)
{
  static const Expected expected = { LIMN_IMPORT_FOOOCUS, "a fox, cinematic still a fox <lora:offset_0.1:0.1>", "blurry", 5123, LIMN_NOISE_CPU, 30,
                                     LIMN_SAMPLER_DPMPP_2M_SDE, LIMN_SCHEDULE_KARRAS, 4, 1152, 896 };
  static const Expected plain = { LIMN_IMPORT_FOOOCUS, "a fox", "blurry", 5123, LIMN_NOISE_CPU, 30, LIMN_SAMPLER_DPMPP_2M_SDE,
                                  LIMN_SCHEDULE_KARRAS, 4, 1152, 896 };
  g_autoptr(LimnImport) json = import_text (
    "parameters",
    "{\"adm_guidance\": \"(1.5, 0.8, 0.3)\", \"base_model\": \"juggernautXL\", \"base_model_hash\": \"aeb7e9e689\", \"full_negative_prompt\": "
    "[\"blurry\"], \"full_prompt\": [\"a fox\", \"cinematic still a fox\"], \"guidance_scale\": 4, \"loras\": [[\"offset_0.1\", 0.1, "
    "\"4852686128\"]], \"negative_prompt\": \"\", \"performance\": \"Speed\", \"prompt\": \"a fox\", \"refiner_model\": \"None\", "
    "\"resolution\": \"(1152, 896)\", \"sampler\": \"dpmpp_2m_sde_gpu\", \"scheduler\": \"karras\", \"seed\": \"5123\", \"sharpness\": 2, "
    "\"steps\": 30, \"styles\": \"['Fooocus V2']\", \"vae\": \"Default (model)\", \"version\": \"Fooocus v2.5.5\"}");
  const char *pairs[] = { "parameters",
                          "a fox\nNegative prompt: blurry\nSteps: 30, Sampler: DPM++ 2M SDE Karras, Seed: 5123, Size: 1152x896, CFG scale: 4, "
                          "Sharpness: 2, ADM Guidance: \"(1.5, 0.8, 0.3)\", Model: juggernautXL, Model hash: aeb7e9e689, Performance: Speed, "
                          "Scheduler: karras, VAE: Default (model), Raw prompt: a fox, Raw negative prompt: , Version: Fooocus v2.5.5",
                          "fooocus_scheme", "a1111", NULL };
  g_autoptr(LimnImport) text = import_texts (pairs, 8);

  assert_request (json, &expected);
  assert_note (json, "offset_0");
  assert_note (json, "sharpens");
  assert_request (text, &plain);
  assert_note (text, "Sharpness, ADM Guidance");
}

static void
test_flux (void)
{
  const char *pairs[] = { "Software", "flux.c", "flux:seed", "99", "flux:model", "klein-4B", NULL };
  g_autoptr(LimnImport) import = import_texts (pairs, 8);

  g_assert_cmpint (import->origin, ==, LIMN_IMPORT_FLUX2C);
  g_assert_cmpuint (import->request->seed, ==, 99);
  assert_note (import, "klein-4B");
  assert_note (import, "only the seed");
}

/* JPEG and WebP of others, as containers: what stands beside the pixels is looked at, they are not. */
static GBytes *
make_container (const char *kind, GBytes *block, const char *before, gsize n_before)
{
  GByteArray *out = g_byte_array_new ();
  gsize n;
  const guint8 *data = g_bytes_get_data (block, &n);

  if (strcmp (kind, "jpeg") == 0)
    {
      const guint8 head[] = { 0xff, 0xd8, 0xff, 0xe1, (n + 2 + n_before) >> 8, (n + 2 + n_before) & 0xff };
      const guint8 tail[] = { 0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9 };

      g_byte_array_append (out, head, sizeof head);
      g_byte_array_append (out, (const guint8 *) before, n_before);
      g_byte_array_append (out, data, n);
      g_byte_array_append (out, tail, sizeof tail);
    }
  else
    {
      const guint32 sizes[] = { GUINT32_TO_LE (4 + 8 + n + n_before + (n & 1)), GUINT32_TO_LE (n + n_before) };

      g_byte_array_append (out, (const guint8 *) "RIFF", 4);
      g_byte_array_append (out, (const guint8 *) &sizes[0], 4);
      g_byte_array_append (out, (const guint8 *) "WEBPEXIF", 8);
      g_byte_array_append (out, (const guint8 *) &sizes[1], 4);
      g_byte_array_append (out, (const guint8 *) before, n_before);
      g_byte_array_append (out, data, n);
      g_byte_array_append (out, (const guint8 *) "\0", n & 1);
    }
  return g_byte_array_free_to_bytes (out);
}

static void
test_files (void)
{
  static const char *const kinds[] = { "jpeg", "webp" };
  g_autoptr(GBytes) block = limn_exif_make_block ("le château 🏰\nNegative prompt: fog\nSteps: 4, Sampler: Euler a, CFG scale: 3, Seed: 9, "
                                                  "Size: 64x64");
  g_autofree char *folder = g_dir_make_tmp ("limn-import-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "picture", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnImport) none = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (kinds) * 2; i++)
    {
      g_autoptr(GBytes) file = make_container (kinds[i / 2], block, "Exif\0", i / 2 == 0 || i % 2 ? 6 : 0);
      g_autoptr(LimnImport) import = NULL;

      g_file_set_contents (path, g_bytes_get_data (file, NULL), g_bytes_get_size (file), &error);
      g_assert_no_error (error);
      import = limn_import_new_for_file (path, 8, &error);
      g_assert_no_error (error);
      g_assert_nonnull (import->request);
      g_assert_cmpstr (import->request->prompt, ==, "le château 🏰");
      g_assert_cmpuint (import->request->seed, ==, 9);
    }
  g_file_set_contents (path, "neither", -1, &error);
  none = limn_import_new_for_file (path, 8, &error);
  g_assert_null (none);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_clear_error (&error);
  g_unlink (path);
  none = limn_import_new_for_file (path, 8, &error);
  g_assert_null (none);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_rmdir (folder);
}

void
test_import_add (void)
{
  g_test_add_func ("/import/a1111", test_a1111);
  g_test_add_func ("/import/variation", test_variation);
  g_test_add_func ("/import/defaults", test_defaults);
  g_test_add_func ("/import/names", test_names);
  g_test_add_func ("/import/unknown", test_unknown);
  g_test_add_func ("/import/a1111-start", test_a1111_start);
  g_test_add_func ("/import/sdcpp", test_sdcpp);
  g_test_add_func ("/import/comfyui", test_comfy);
  g_test_add_func ("/import/comfyui-passes", test_comfy_passes);
  g_test_add_func ("/import/comfyui-two-ways", test_comfy_two_ways);
  g_test_add_func ("/import/comfyui-hostile", test_comfy_hostile);
  g_test_add_func ("/import/comfyui-words", test_comfy_words);
  g_test_add_func ("/import/invokeai", test_invoke);
  g_test_add_func ("/import/fooocus", test_fooocus);
  g_test_add_func ("/import/flux2c", test_flux);
  g_test_add_func ("/import/files", test_files);
}
