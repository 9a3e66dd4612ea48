/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which file a name in a prompt stands for. */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-resources.h"

static LimnResources *
make (void)
{
  LimnResources *resources = limn_resources_new ();

  limn_resources_add (resources, LIMN_RESOURCE_LORA, NULL, "/first/Ink Wash.v2.safetensors");
  limn_resources_add (resources, LIMN_RESOURCE_LORA, NULL, "/second/Ink Wash.v2.safetensors");
  limn_resources_add (resources, LIMN_RESOURCE_LORA, NULL, "/second/caf\xc3\xa9.safetensors");
  limn_resources_add (resources, LIMN_RESOURCE_LORA, NULL, "/second/linework.PT");
  limn_resources_add (resources, LIMN_RESOURCE_VAE, NULL, "/first/linework.ckpt");
  limn_resources_add (resources, LIMN_RESOURCE_MODEL, NULL, "/first/a folder.v1");
  limn_resources_add (resources, LIMN_RESOURCE_EMBEDDING, "hands", "/first/embedding 7.pt");
  limn_resources_add (resources, LIMN_RESOURCE_EMBEDDING, "", "/first/nothing.pt");
  return resources;
}

static void
test_names (void)
{
  static const struct
  {
    LimnResourceKind kind;
    const char      *name;
    const char      *path;
  } cases[] = {
    { LIMN_RESOURCE_LORA, "Ink Wash.v2", "/first/Ink Wash.v2.safetensors" },
    { LIMN_RESOURCE_LORA, "Ink Wash.v2.safetensors", "/first/Ink Wash.v2.safetensors" },
    { LIMN_RESOURCE_LORA, "ink wash.V2", "/first/Ink Wash.v2.safetensors" },
    { LIMN_RESOURCE_LORA, "styles/ink wash.v2", "/first/Ink Wash.v2.safetensors" },
    { LIMN_RESOURCE_LORA, "styles\\Ink Wash.v2.safetensors", "/first/Ink Wash.v2.safetensors" },
    /* The accent apart from its letter. */
    { LIMN_RESOURCE_LORA, "CAFE\xcc\x81", "/second/caf\xc3\xa9.safetensors" },
    { LIMN_RESOURCE_LORA, "linework", "/second/linework.PT" },
    { LIMN_RESOURCE_VAE, "linework", "/first/linework.ckpt" },
    { LIMN_RESOURCE_MODEL, "a folder.v1", "/first/a folder.v1" },
    { LIMN_RESOURCE_EMBEDDING, "hands", "/first/embedding 7.pt" },
  };
  g_autoptr(LimnResources) resources = make ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_cmpstr (limn_resources_find (resources, cases[i].kind, cases[i].name, &error), ==, cases[i].path);
      g_assert_no_error (error);
    }
  g_assert_cmpuint (limn_resources_get_n (resources, LIMN_RESOURCE_LORA), ==, 3);
  g_assert_cmpstr (limn_resources_get_name (resources, LIMN_RESOURCE_LORA, 2), ==, "linework");
  g_assert_cmpstr (limn_resources_get_path (resources, LIMN_RESOURCE_LORA, 2), ==, "/second/linework.PT");
  g_assert_cmpuint (limn_resources_get_n (resources, LIMN_RESOURCE_EMBEDDING), ==, 1);
}

static void
test_said (void)
{
  static const struct
  {
    const char *path;
    const char *name;
  } cases[] = {
    { "/models/v1.5-pruned.ckpt", "v1.5-pruned" },
    { "/models/canny/diffusion_pytorch_model.fp16.safetensors", "canny" },
    { "/models/ink/pytorch_lora_weights.safetensors", "ink" },
    { "/model.safetensors", "model" },
    { "/models/modelling.safetensors", "modelling" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = limn_resources_name_path (cases[i].path);

      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

/* What is not there is said with what might have been meant. */
static void
test_unknown (void)
{
  g_autoptr(LimnResources) resources = make ();
  g_autoptr(GError) slip = NULL;
  g_autoptr(GError) nothing = NULL;
  g_autoptr(GError) none = NULL;
  g_autoptr(GError) bytes = NULL;
  g_autofree char *endless = g_strnfill (100000, 'l');

  g_assert_null (limn_resources_find (resources, LIMN_RESOURCE_LORA, "lineworks", &slip));
  g_assert_error (slip, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_nonnull (strstr (slip->message, "“lineworks”"));
  g_assert_nonnull (strstr (slip->message, "a LoRA"));
  g_assert_nonnull (strstr (slip->message, "“linework”"));

  g_assert_null (limn_resources_find (resources, LIMN_RESOURCE_LORA, "watercolour", &nothing));
  g_assert_error (nothing, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_null (strstr (nothing->message, "nearest"));

  g_assert_null (limn_resources_find (resources, LIMN_RESOURCE_LORA, "", NULL));
  g_assert_null (limn_resources_find (resources, LIMN_RESOURCE_LORA, "line\xff\xfe", &bytes));
  g_assert_true (g_utf8_validate (bytes->message, -1, NULL));
  g_assert_null (limn_resources_find (resources, LIMN_RESOURCE_LORA, endless, NULL));
  g_assert_null (limn_resources_find (NULL, LIMN_RESOURCE_VAE, "linework", &none));
  g_assert_error (none, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_cmpuint (limn_resources_get_n (NULL, LIMN_RESOURCE_VAE), ==, 0);

  /* The name of a file, as its bytes are. */
  limn_resources_add (resources, LIMN_RESOURCE_LORA, NULL, "/loras/bytes\xff.safetensors");
  g_assert_cmpstr (limn_resources_find (resources, LIMN_RESOURCE_LORA, "bytes\xff", NULL), ==, "/loras/bytes\xff.safetensors");
}

void
test_resources_add (void)
{
  g_test_add_func ("/resources/names", test_names);
  g_test_add_func ("/resources/said", test_said);
  g_test_add_func ("/resources/unknown", test_unknown);
}
