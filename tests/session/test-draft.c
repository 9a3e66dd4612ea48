/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-draft-controls.h"
#include "session/limn-draft-loras.h"

static LimnInspection *
new_inspection (void)
{
  LimnInspection *inspection = g_atomic_rc_box_new0 (LimnInspection);

  inspection->steps = 30;
  inspection->sampler = LIMN_SAMPLER_EULER_A;
  inspection->cfg = 4;
  inspection->width = 256;
  inspection->height = 320;
  inspection->prediction = LIMN_PREDICTION_V;
  return inspection;
}

static guint
get_uint (LimnDraft *draft, const char *name)
{
  guint value;

  g_object_get (draft, name, &value, NULL);
  return value;
}

static void
count_notify (LimnDraft *draft, GParamSpec *spec, gpointer data)
{
  *(guint *) data += 1;
}

/* Open fields follow the model; what was written stays. */
static void
test_open (void)
{
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnInspection) inspection = new_inspection ();
  g_autoptr(LimnRequest) request = NULL;
  guint n_steps = 0, n_cfg = 0;
  double eta;

  g_signal_connect (draft, "notify::steps", G_CALLBACK (count_notify), &n_steps);
  g_signal_connect (draft, "notify::cfg", G_CALLBACK (count_notify), &n_cfg);
  g_object_set (draft, "steps", 12u, NULL);
  limn_draft_set_inspection (draft, inspection);
  g_assert_cmpuint (get_uint (draft, "steps"), ==, 12);
  g_assert_cmpuint (get_uint (draft, "sampler"), ==, LIMN_SAMPLER_EULER_A);
  g_object_get (draft, "eta", &eta, NULL);
  g_assert_cmpfloat (eta, ==, 1);
  g_assert_cmpuint (get_uint (draft, "height"), ==, 320);
  g_assert_cmpuint (n_steps, ==, 1);
  g_assert_cmpuint (n_cfg, ==, 1);
  g_assert_cmpuint (limn_draft_get_open (draft), ==, LIMN_REQUEST_OPEN_ALL & ~LIMN_REQUEST_OPEN_STEPS);

  /* Writing what is shown decides nothing. */
  g_object_set (draft, "cfg", 4.0, NULL);
  g_assert_true (limn_draft_get_open (draft) & LIMN_REQUEST_OPEN_CFG);

  limn_draft_reopen (draft, LIMN_REQUEST_OPEN_STEPS);
  g_assert_cmpuint (get_uint (draft, "steps"), ==, 30);
  request = limn_draft_dup_request (draft);
  g_assert_cmpuint (request->open, ==, LIMN_REQUEST_OPEN_ALL);
  g_assert_true (request->keep_latents);
}

static void
test_json (void)
{
  g_autoptr(LimnDraft) a = limn_draft_new ();
  g_autoptr(LimnDraft) b = limn_draft_new ();
  g_autoptr(LimnRequest) request_a = NULL;
  g_autoptr(LimnRequest) request_b = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *json = NULL;
  g_autofree char *again = NULL;

  g_object_set (a, "prompt", "a \"red\" house\nמגדלור", "negative", "", "seed", G_MAXUINT64, "seed-locked", TRUE, "steps", 7u,
                "preview-slowdown", 30u, "count", 4u, NULL);
  json = limn_draft_to_json (a);
  g_assert_true (limn_draft_load_json (b, json, &error));
  g_assert_no_error (error);
  again = limn_draft_to_json (b);
  g_assert_cmpstr (json, ==, again);
  request_a = limn_draft_dup_request (a);
  request_b = limn_draft_dup_request (b);
  g_assert_true (limn_request_equal (request_a, request_b));

  g_assert_false (limn_draft_load_json (b, "{\"version\": 1}", &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_cmpstr (limn_draft_get_prompt (b), ==, "a \"red\" house\nמגדלור");
}

/* What somebody types or opens is there again at the next start, whether it can be painted or not. */
static void
test_awkward (void)
{
  g_autoptr(LimnDraft) a = limn_draft_new ();
  g_autoptr(LimnDraft) b = limn_draft_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) request = NULL;
  g_autofree char *json = NULL;
  /* Each quote takes four bytes in the text of a request in the text of a draft: more than LIMN_JSON_MAX_BYTES. */
  g_autofree char *prompt = g_strnfill (5 * 1024 * 1024, '"');

  g_object_set (a, "prompt", prompt, "negative", prompt, "model", "/models/caf\xe9", "steps", 7u, NULL);
  json = limn_draft_to_json (a);
  g_assert_true (limn_draft_load_json (b, json, &error));
  g_assert_no_error (error);
  g_assert_true (g_str_equal (limn_draft_get_prompt (b), prompt));
  g_assert_true (g_str_equal (limn_draft_get_negative (b), prompt));
  g_assert_cmpuint (get_uint (b, "steps"), ==, 7);
  g_assert_null (limn_draft_get_model (b));

  /* Still to be refused is only the painting. */
  request = limn_draft_dup_request (b);
  g_assert_false (limn_request_check (request, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
}

/* The settings of picture 2 of a batch are those that make this picture again. */
static void
test_apply (void)
{
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnRequest) theirs = limn_request_new ();
  g_autoptr(LimnRequest) mine = NULL;

  theirs->seed = 40;
  theirs->batch_count = 4;
  theirs->batch_index = 2;
  limn_request_set_prompt (theirs, "a lake");
  limn_request_set_device (theirs, "elsewhere");
  g_object_set (draft, "preview", (guint) LIMN_PREVIEW_PREDICTED, "cfg", 3.0, NULL);
  limn_draft_apply_request (draft, theirs);
  mine = limn_draft_dup_request (draft);
  g_assert_cmpuint (mine->seed, ==, 42);
  g_assert_cmpuint (mine->batch_count, ==, 1);
  g_assert_null (mine->device);
  g_assert_cmpint (mine->preview, ==, LIMN_PREVIEW_PREDICTED);
  g_assert_cmpuint (mine->open, ==, LIMN_REQUEST_OPEN_ALL);
  g_assert_true (limn_request_equal_picture (mine, theirs));
}

/* A second seed that has no strength, and a size with one side, are no part of a picture; but the fields keep what was typed. */
static void
test_seeds (void)
{
  g_autoptr(LimnDraft) a = limn_draft_new ();
  g_autoptr(LimnDraft) b = limn_draft_new ();
  g_autoptr(LimnRequest) idle = NULL;
  g_autoptr(LimnRequest) used = NULL;
  g_autofree char *json = NULL;
  guint64 seed;

  g_object_set (a, "variation-seed", (guint64) 77, "seed-width", 512u, NULL);
  idle = limn_draft_dup_request (a);
  g_assert_cmpuint (idle->variation_seed, ==, 0);
  g_assert_cmpuint (idle->seed_width, ==, 0);
  g_assert_true (limn_request_check (idle, NULL));
  json = limn_draft_to_json (a);
  g_assert_true (limn_draft_load_json (b, json, NULL));
  g_object_get (b, "variation-seed", &seed, NULL);
  g_assert_cmpuint (seed, ==, 77);

  g_object_set (b, "variation-strength", 0.25, "seed-width", 512u, "seed-height", 768u, NULL);
  used = limn_draft_dup_request (b);
  g_assert_cmpuint (used->variation_seed, ==, 77);
  g_assert_cmpfloat (used->variation_strength, ==, 0.25);
  g_assert_cmpuint (used->seed_width, ==, 512);
  g_assert_cmpuint (used->seed_height, ==, 768);
  used->batch_count = 4;
  used->batch_index = 3;
  limn_draft_apply_request (a, used);
  g_object_get (a, "variation-seed", &seed, NULL);
  g_assert_cmpuint (seed, ==, 80);
  g_assert_cmpuint (limn_draft_get_seed (a), ==, used->seed);
}

/* A VAE and a clip skip are kept with the rest, and no VAE is one of the choices. */
static void
test_parts (void)
{
  g_autoptr(LimnDraft) a = limn_draft_new ();
  g_autoptr(LimnDraft) b = limn_draft_new ();
  g_autoptr(LimnRequest) request = NULL;
  g_autofree char *json = NULL;
  g_autofree char *vae = NULL;

  g_object_set (a, "vae", "/v.safetensors", "clip-skip", 2u, NULL);
  json = limn_draft_to_json (a);
  g_assert_true (limn_draft_load_json (b, json, NULL));
  request = limn_draft_dup_request (b);
  g_assert_cmpuint (request->clip_skip, ==, 2);
  g_assert_cmpstr (request->vae, ==, "/v.safetensors");
  g_object_set (b, "vae", NULL, NULL);
  g_object_get (b, "vae", &vae, NULL);
  g_assert_null (vae);
  limn_draft_apply_request (b, request);
  g_object_get (b, "vae", &vae, NULL);
  g_assert_cmpstr (vae, ==, "/v.safetensors");
  g_object_set (b, "vae", "", NULL);
  limn_request_free (g_steal_pointer (&request));
  request = limn_draft_dup_request (b);
  g_assert_null (request->vae);
  g_object_set (b, "vae", "/not-\xff-utf8", NULL);
  g_free (json);
  json = limn_draft_to_json (b);
  g_assert_true (limn_draft_load_json (a, json, NULL));
  limn_request_free (g_steal_pointer (&request));
  request = limn_draft_dup_request (a);
  g_assert_null (request->vae);
  g_assert_cmpuint (request->clip_skip, ==, 2);
}

/* Words that were learned are looked up when a request is made. */
static void
test_learned_words (void)
{
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnResources) resources = limn_resources_new ();
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(LimnRequest) without = NULL;

  limn_resources_add (resources, LIMN_RESOURCE_EMBEDDING, NULL, "/e/ink.safetensors");
  limn_draft_set_resources (draft, resources);
  limn_draft_set_prompt (draft, "a cat, ink");
  request = limn_draft_dup_request (draft);
  g_assert_cmpuint (request->embeddings->len, ==, 1);
  limn_draft_apply_request (draft, request);
  limn_draft_set_prompt (draft, "a cat");
  without = limn_draft_dup_request (draft);
  g_assert_null (without->embeddings);
}

/* The fields show what is nearest, and paint that. */
static void
test_mix (void)
{
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnRequest) own = limn_request_new ();
  g_autoptr(LimnRequest) mix = NULL;
  g_autoptr(LimnRequest) inner = NULL;
  g_autoptr(LimnRequest) mine = NULL;

  own->open = 0;
  own->steps = 20;
  own->cfg = 7;
  own->seed = 40;
  own->width = own->height = 64;
  inner = test_mix_of (own, LIMN_MIX_NOISE, 4, 1, 0.75);
  mix = test_mix_of (own, LIMN_MIX_NOISE, 2, 0.75, 0);
  limn_request_mix_set_end (mix->mix, 1, inner, NULL);
  g_assert_true (limn_request_check (mix, NULL));
  limn_draft_apply_request (draft, mix);
  g_assert_cmpstr (limn_draft_get_prompt (draft), ==, "the sea");
  g_assert_cmpuint (limn_draft_get_seed (draft), ==, 143);
  mine = limn_draft_dup_request (draft);
  g_assert_null (mine->mix);
  g_assert_cmpuint (mine->steps, ==, 20);
}

/* What to start from stays while pictures are painted from noise, and through a restart. */
static void
test_source (void)
{
  static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnDraft) again = limn_draft_new ();
  g_autoptr(LimnDraft) other = limn_draft_new ();
  g_autoptr(LimnRequest) noise = NULL;
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(LimnRequest) kept = NULL;
  g_autofree char *json = NULL;
  g_autofree char *source = NULL;
  g_autofree char *older = NULL;
  g_auto(GStrv) parts = NULL;
  gboolean from_source;
  double strength;
  guint blend;
  GError *error = NULL;

  g_object_set (draft, "width", 640, "source", id, "strength", 0.25, "grow-left", 64, "grow-blend", 24, "masked-content",
                LIMN_CONTENT_NOISE, NULL);
  noise = limn_draft_dup_request (draft);
  g_assert_null (noise->source);
  g_assert_cmpuint (noise->width, ==, 640);
  g_object_set (draft, "paint-from-source", TRUE, NULL);
  request = limn_draft_dup_request (draft);
  g_assert_cmpstr (request->source->picture, ==, id);
  g_assert_cmpfloat (request->source->strength, ==, 0.25);
  g_assert_cmpuint (request->source->grow_left, ==, 64);
  g_assert_cmpuint (request->source->content, ==, LIMN_CONTENT_NOISE);
  g_assert_true (request->open & LIMN_REQUEST_OPEN_SIZE);

  g_object_set (draft, "paint-from-source", FALSE, NULL);
  json = limn_draft_to_json (draft);
  limn_draft_load_json (again, json, &error);
  g_assert_no_error (error);
  g_object_get (again, "source", &source, "paint-from-source", &from_source, "strength", &strength, NULL);
  g_assert_cmpstr (source, ==, id);
  g_assert_false (from_source);
  g_assert_cmpfloat (strength, ==, 0.25);
  g_object_get (again, "grow-blend", &blend, NULL);
  g_assert_cmpuint (blend, ==, 24);
  /* Drafts of before there was such a thing. */
  parts = g_strsplit (json, "\"grow_blend\":24,", 2);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  older = g_strjoinv ("", parts);
  limn_draft_load_json (again, older, &error);
  g_assert_no_error (error);
  g_object_get (again, "grow-blend", &blend, NULL);
  g_assert_cmpuint (blend, ==, 0);

  /* A picture's settings bring its source; those of a picture from noise leave ours. */
  limn_draft_apply_request (other, request);
  kept = limn_draft_dup_request (other);
  g_assert_true (limn_request_source_equal (kept->source, request->source));
  limn_draft_apply_request (other, noise);
  g_free (source);
  g_object_get (other, "source", &source, "paint-from-source", &from_source, NULL);
  g_assert_cmpstr (source, ==, id);
  g_assert_false (from_source);
}

/* Whatever stands in the fields, the words come back, and the picture to start from if it can be one. */
static void
test_contradictions (void)
{
  static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr(LimnDraft) draft = limn_draft_new ();
      g_autoptr(LimnDraft) again = limn_draft_new ();
      g_autoptr(GError) error = NULL;
      g_autofree char *json = NULL;
      g_autofree char *source = NULL;

      g_object_set (draft, "prompt", "a long thought", "source", i == 3 ? "no id" : id, "paint-from-source", TRUE, NULL);
      if (i == 0)
        g_object_set (draft, "tile", 64, "overlap", 64, NULL);
      else if (i == 1)
        g_object_set (draft, "restore", LIMN_RESTORE_JPEG, NULL);
      else if (i == 2)
        g_object_set (draft, "only-masked", TRUE, "wrap-x", TRUE, NULL);
      json = limn_draft_to_json (draft);
      g_assert_true (limn_draft_load_json (again, json, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (limn_draft_get_prompt (again), ==, "a long thought");
      g_object_get (again, "source", &source, NULL);
      g_assert_cmpstr (source, ==, i == 3 ? NULL : id);
    }
}

/* A picture with everything settled. */
static LimnRequest *
new_complete (const char *prompt)
{
  LimnRequest *request = limn_request_new ();

  limn_request_set_prompt (request, prompt);
  request->open = 0;
  request->steps = 20;
  request->sampler = LIMN_SAMPLER_DDIM;
  request->cfg = 7;
  request->width = 128;
  request->height = 192;
  request->seed = 77;
  return request;
}

/* The fields take the other picture's settings; a few of them go into the branch; when it ends what was there is there again. */
static void
test_branch (void)
{
  static const char id[] = "01234567-89ab-4def-8123-456789abcdef";
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnDraft) again = limn_draft_new ();
  g_autoptr(LimnRequest) from = new_complete ("a lake at noon");
  g_autoptr(LimnRequest) plain = NULL;
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(LimnRequest) kept = NULL;
  g_autoptr(LimnRequest) after = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *json = NULL;
  guint n = 0;

  g_object_set (draft, "prompt", "something else", "steps", 9u, "seed", (guint64) 5, "count", 4u, NULL);
  g_signal_connect (draft, "notify::branch", G_CALLBACK (count_notify), &n);
  g_assert_null (limn_draft_get_branch (draft));
  limn_draft_set_branch (draft, from, id, 8);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (limn_draft_get_prompt (draft), ==, "a lake at noon");
  g_assert_cmpuint (get_uint (draft, "height"), ==, 192);
  g_assert_cmpuint (get_uint (draft, "branch-step"), ==, 8);
  plain = limn_draft_dup_request (draft);
  g_assert_true (limn_request_check (plain, &error));
  g_assert_no_error (error);
  g_assert_true (limn_request_branch_is_plain (plain));

  g_object_set (draft, "prompt", "a lake at sunset", "cfg", 4.0, "branch-step", 11u, "fresh-noise", (guint) LIMN_FRESH_NOISE_RENOISE,
                "noise-amount", 0.25, "noise-seed", (guint64) 12, NULL);
  g_assert_cmpuint (n, ==, 2);
  limn_draft_roll_seed (draft);
  g_assert_cmpuint (limn_draft_get_seed (draft), ==, 77);
  g_object_set (draft, "noise-seed", (guint64) 12, NULL);
  request = limn_draft_dup_request (draft);
  g_assert_true (limn_request_check (request, &error));
  g_assert_cmpuint (request->seed, ==, 77);
  g_assert_cmpuint (request->branch->step, ==, 11);
  g_assert_cmpint (request->branch->noise, ==, LIMN_FRESH_NOISE_RENOISE);
  g_assert_cmpfloat (request->branch->noise_amount, ==, 0.25);
  g_assert_cmpuint (request->branch->noise_seed, ==, 12);
  g_assert_cmpstr (request->prompt, ==, "a lake at sunset");
  g_assert_cmpstr (request->branch->from->prompt, ==, "a lake at noon");

  /* The next morning. */
  json = limn_draft_to_json (draft);
  g_assert_true (limn_draft_load_json (again, json, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (limn_draft_get_branch_steps_id (again), ==, id);
  kept = limn_draft_dup_request (again);
  g_assert_true (limn_request_equal (kept, request));

  limn_draft_set_branch (again, NULL, NULL, 0);
  g_assert_null (limn_draft_get_branch (again));
  after = limn_draft_dup_request (again);
  g_assert_null (after->branch);
  g_assert_cmpstr (after->prompt, ==, "a lake at sunset");
  g_assert_cmpuint (after->steps, ==, 9);
  g_assert_cmpuint (after->seed, ==, 5);
  g_assert_cmpuint (after->batch_count, ==, 4);
}

/* The settings of a picture that is a branch: the draft parts from the same picture. Those of any other end it. */
static void
test_branch_applied (void)
{
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnRequest) from = new_complete ("a lake at noon");
  g_autoptr(LimnRequest) branch = new_complete ("a lake at night");
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(LimnRequest) other = NULL;

  limn_request_take_branch (branch, limn_request_branch_new (from, 6));
  limn_draft_apply_request (draft, branch);
  request = limn_draft_dup_request (draft);
  g_assert_true (limn_request_equal_picture (request, branch));
  limn_draft_apply_request (draft, from);
  g_assert_null (limn_draft_get_branch (draft));
  other = limn_draft_dup_request (draft);
  g_assert_true (limn_request_equal_picture (other, from));
}

/* Painted over a part of itself: outside of the mask it stays what it is. */
static void
test_branch_mask (void)
{
  static const char picture[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  static const char mask[] = "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnRequest) from = new_complete ("a lake at noon");
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(GError) error = NULL;

  limn_draft_set_branch (draft, from, NULL, 8);
  g_object_set (draft, "source", picture, "mask", mask, "strength", 0.3, "only-masked", TRUE, "paint-from-source", TRUE, NULL);
  request = limn_draft_dup_request (draft);
  g_assert_true (limn_request_check (request, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (request->source->picture, ==, picture);
  g_assert_cmpstr (request->source->mask, ==, mask);
  g_assert_cmpfloat (request->source->strength, ==, 1);
}

static void
assert_lora (GPtrArray *loras, guint i, const char *path, double strength, gboolean enabled)
{
  const LimnDraftLora *lora = loras->pdata[i];

  g_assert_cmpstr (lora->path, ==, path);
  g_assert_cmpfloat (lora->strength, ==, strength);
  g_assert_cmpint (lora->enabled, ==, enabled);
}

/* What is off is in no request, and there again at the next start; its place among the others stays the same. */
static void
test_loras (void)
{
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnDraft) other = limn_draft_new ();
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(LimnRequest) none = NULL;
  g_autoptr(GPtrArray) loras = NULL;
  g_autoptr(GPtrArray) kept = NULL;
  g_autoptr(GPtrArray) applied = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *json = NULL;
  guint n = 0;

  g_signal_connect (draft, "notify::loras", G_CALLBACK (count_notify), &n);
  limn_draft_put_lora (draft, "/b/ink.safetensors", 0.8, 0.8, TRUE);
  limn_draft_put_lora (draft, "/a/wash.safetensors", 0.5, 0.25, FALSE);
  limn_draft_put_lora (draft, "/a/ink.safetensors", 1, 1, TRUE);
  limn_draft_put_lora (draft, "/a/ink.safetensors", 1, 1, TRUE);
  g_assert_cmpuint (n, ==, 3);
  loras = limn_draft_list_loras (draft);
  g_assert_cmpuint (loras->len, ==, 3);
  assert_lora (loras, 0, "/a/ink.safetensors", 1, TRUE);
  assert_lora (loras, 1, "/b/ink.safetensors", 0.8, TRUE);
  assert_lora (loras, 2, "/a/wash.safetensors", 0.5, FALSE);
  request = limn_draft_dup_request (draft);
  g_assert_true (limn_request_check (request, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (request->loras->len, ==, 2);

  json = limn_draft_to_json (draft);
  g_assert_true (limn_draft_load_json (other, json, &error));
  g_assert_no_error (error);
  kept = limn_draft_list_loras (other);
  g_assert_cmpuint (kept->len, ==, 3);
  assert_lora (kept, 1, "/b/ink.safetensors", 0.8, TRUE);
  assert_lora (kept, 2, "/a/wash.safetensors", 0.5, FALSE);
  g_assert_cmpfloat (((LimnDraftLora *) kept->pdata[2])->text_strength, ==, 0.25);

  /* One that comes with a picture is on. */
  limn_draft_put_lora (draft, "/b/ink.safetensors", 0.8, 0.8, FALSE);
  limn_draft_apply_request (draft, request);
  applied = limn_draft_list_loras (draft);
  g_assert_cmpuint (applied->len, ==, 3);
  assert_lora (applied, 1, "/b/ink.safetensors", 0.8, TRUE);

  limn_draft_remove_lora (draft, "/a/ink.safetensors");
  limn_draft_remove_lora (draft, "/b/ink.safetensors");
  limn_draft_remove_lora (draft, "/nowhere");
  none = limn_draft_dup_request (draft);
  g_assert_null (none->loras);
}

/* What has no picture yet is in no request. */
static void
test_controls (void)
{
  g_autoptr(LimnDraft) draft = limn_draft_new ();
  g_autoptr(LimnRequestControl) control = limn_request_control_new ("/models/lines.safetensors", "");
  g_autoptr(LimnRequest) before = NULL;
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(GError) error = NULL;

  limn_draft_set_control (draft, 0, control);
  before = limn_draft_dup_request (draft);
  g_assert_null (before->controls);
  g_free (control->picture);
  control->picture = g_strnfill (64, 'a');
  control->strength = 0.5;
  limn_draft_set_control (draft, 0, control);
  limn_draft_set_control (draft, 5, control);
  g_assert_cmpuint (limn_draft_get_n_controls (draft), ==, 1);
  request = limn_draft_dup_request (draft);
  g_assert_true (limn_request_check (request, &error));
  g_assert_no_error (error);
  g_assert_true (limn_request_control_equal (request->controls->pdata[0], control));
  limn_draft_remove_control (draft, 0);
  g_assert_cmpuint (limn_draft_get_n_controls (draft), ==, 0);
  limn_draft_apply_request (draft, request);
  g_assert_cmpuint (limn_draft_get_n_controls (draft), ==, 1);
}

void
test_draft_add (void)
{
  g_test_add_func ("/session/draft/open", test_open);
  g_test_add_func ("/session/draft/json", test_json);
  g_test_add_func ("/session/draft/awkward", test_awkward);
  g_test_add_func ("/session/draft/apply", test_apply);
  g_test_add_func ("/session/draft/source", test_source);
  g_test_add_func ("/session/draft/contradictions", test_contradictions);
  g_test_add_func ("/session/draft/branch", test_branch);
  g_test_add_func ("/session/draft/branch-applied", test_branch_applied);
  g_test_add_func ("/session/draft/branch-mask", test_branch_mask);
  g_test_add_func ("/session/draft/mix", test_mix);
  g_test_add_func ("/session/draft/seeds", test_seeds);
  g_test_add_func ("/session/draft/parts", test_parts);
  g_test_add_func ("/session/draft/learned-words", test_learned_words);
  g_test_add_func ("/session/draft/loras", test_loras);
  g_test_add_func ("/session/draft/controls", test_controls);
}
