/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "limn-fixtures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* limn-fixtures DIR..., or limn-fixtures --tap with the folders in LIMN_FIXTURES, between colons: holds the numbers of
 * Limn against those of the references, case by case.
 *
 * limn-fixtures DIR --checkpoint PATH [--control PATH] [--precision f32|f16] [--part text|vae|unet|runs|control] does this for a checkpoint of
 * full size, and for nothing else.
 *
 * DIR may be a folder with rng/, samplers/, clip/, expected/; one of these; or the starter model's reference folder,
 * with its index.json. Nothing about the inputs is known to this program: it reads them from the files, so it serves
 * for any folder of these formats. Exit code 0 if no case was not ok, 1 otherwise, 2 if there was nothing to check. */

/* expected/<family>/: of whole checkpoints, gigabytes each, which are named one by one. */
static void
check_expected (LimnFixtures *fixtures, const char *name, const char *path)
{
  limn_fixtures_not_offered (fixtures, name, "no checkpoint of this family is named by --checkpoint");
}

/* The first pattern that matches counts. */
static const LimnFixturesChecker checkers[] = {
  { "torch_cpu.json", limn_fixtures_check_torch_cpu },
  { "torch_cuda_philox.json", limn_fixtures_check_torch_cuda },
  { "schedules.safetensors", limn_fixtures_check_schedules },
  { "trajectories.safetensors", limn_fixtures_check_trajectories },
  { "clip_tokens.json", limn_fixtures_check_clip_tokens },
  { "alphas_cumprod.safetensors", limn_fixtures_check_alphas },
  { "tokens.json", limn_fixtures_check_tokens },
  { "text.safetensors", limn_fixtures_check_text },
  { "unet_taps.safetensors", limn_fixtures_check_unet_taps },
  { "unet_*.safetensors", limn_fixtures_check_unet },
  { "vae_taps.safetensors", limn_fixtures_check_vae_taps },
  { "vae.safetensors", limn_fixtures_check_vae },
  { "sample_*.safetensors", limn_fixtures_check_sample },
  { "*/*.safetensors", check_expected },
};

/* What a folder without an index of files is looked through for. */
static const char *const known_files[] = {
  "torch_cpu.json", "torch_cuda_philox.json", "schedules.safetensors", "trajectories.safetensors", "clip_tokens.json",
};

static const char *const subfolders[] = { "rng", "samplers", "clip", "expected" };

static void
print_line (LimnFixtures *fixtures, const char *name, const char *numbers, const char *verdict, const char *why)
{
  if (!fixtures->tap)
    printf ("%s\t%s\t%s%s%s\n", name, numbers, verdict, *why ? "\t" : "", why);
  else if (strcmp (verdict, "not offered") == 0)
    printf ("# not offered: %s: %s\n", name, why);
  else
    printf ("%s %u %s %s%s\n", verdict, fixtures->n_ok + fixtures->n_bad, name, numbers, why);
  fflush (stdout);
}

void
limn_fixtures_report (LimnFixtures *fixtures, const char *name, double error, double bound)
{
  g_autofree char *numbers = g_strdup_printf ("%.3g\t%.3g", error, bound);
  gboolean ok = error <= bound;

  if (ok)
    fixtures->n_ok++;
  else
    fixtures->n_bad++;
  print_line (fixtures, name, numbers, ok ? "ok" : "not ok", "");
}

void
limn_fixtures_fail (LimnFixtures *fixtures, const char *name, GError *error, const char *why)
{
  g_autofree char *reason = g_strconcat (why ? why : "", why && error ? ": " : "", error ? error->message : "", NULL);

  g_clear_error (&error);
  fixtures->n_bad++;
  print_line (fixtures, name, "-\t-", "not ok", reason);
}

void
limn_fixtures_not_offered (LimnFixtures *fixtures, const char *name, const char *why)
{
  fixtures->n_not_offered++;
  print_line (fixtures, name, "-\t-", "not offered", why);
}

json_t *
limn_fixtures_load_json (LimnFixtures *fixtures, const char *name, const char *path)
{
  json_error_t cause;
  json_t *root = json_load_file (path, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &cause);

  if (!root)
    limn_fixtures_fail (fixtures, name, NULL, cause.text);
  return root;
}

char *
limn_fixtures_find_weights (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *weights = g_build_filename (parent, "weights", NULL);
  g_autofree char *index = g_build_filename (weights, "model_index.json", NULL);

  return g_file_test (index, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&weights) : NULL;
}

GArray *
limn_fixtures_doubles (json_t *array)
{
  GArray *values;
  json_t *element;
  size_t i;

  if (!json_is_array (array))
    return NULL;
  values = g_array_new (FALSE, FALSE, sizeof (double));
  json_array_foreach (array, i, element)
    {
      double value = json_number_value (element);

      if (!json_is_number (element))
        {
          g_array_unref (values);
          return NULL;
        }
      g_array_append_val (values, value);
    }
  return values;
}

double
limn_fixtures_worst (const double *got, const double *want, gsize n)
{
  double worst = 0;

  for (gsize i = 0; i < n; i++)
    {
      double error = fabs (got[i] - want[i]);

      worst = isnan (error) ? INFINITY : MAX (worst, error);
    }
  return worst;
}

static void
check_file (LimnFixtures *fixtures, const char *dir, const char *label, const char *file)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autofree char *name = g_strconcat (label, file, NULL);

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      limn_fixtures_fail (fixtures, name, NULL, "the index lists this file, but it is not there");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (checkers); i++)
    if (g_pattern_match_simple (checkers[i].pattern, file))
      {
        checkers[i].check (fixtures, name, path);
        fflush (stdout);
        return;
      }
  limn_fixtures_not_offered (fixtures, name, "this program has no check for such a file yet");
}

/* index.json of the starter model's reference ("files") and of expected/ ("families" of files). */
static gboolean
check_index (LimnFixtures *fixtures, const char *dir, const char *label)
{
  g_autofree char *path = g_build_filename (dir, "index.json", NULL);
  json_t *root, *files, *families, *value, *inner;
  const char *key, *file;
  gboolean found = FALSE;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  root = limn_fixtures_load_json (fixtures, path, path);
  if (!root)
    return TRUE;
  files = json_object_get (root, "files");
  families = json_object_get (root, "families");
  json_object_foreach (files, key, value)
    {
      check_file (fixtures, dir, label, key);
      found = TRUE;
    }
  json_object_foreach (families, key, value)
    json_object_foreach (value, file, inner)
      {
        g_autofree char *within = g_build_filename (key, file, NULL);

        check_file (fixtures, dir, label, within);
        found = TRUE;
      }
  json_decref (root);
  return found;
}

static gboolean
check_folder (LimnFixtures *fixtures, const char *dir, const char *label)
{
  gboolean found = check_index (fixtures, dir, label);

  for (gsize i = 0; i < G_N_ELEMENTS (known_files); i++)
    {
      g_autofree char *path = g_build_filename (dir, known_files[i], NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        {
          check_file (fixtures, dir, label, known_files[i]);
          found = TRUE;
        }
    }
  for (gsize i = 0; i < G_N_ELEMENTS (subfolders); i++)
    {
      g_autofree char *sub = g_build_filename (dir, subfolders[i], NULL);
      g_autofree char *sub_label = g_strconcat (label, subfolders[i], "/", NULL);

      if (g_file_test (sub, G_FILE_TEST_IS_DIR))
        found |= check_folder (fixtures, sub, sub_label);
    }
  return found;
}

static int
print_result (const LimnFixtures *fixtures, gboolean found)
{
  if (fixtures->tap)
    {
      printf ("1..%u\n", fixtures->n_ok + fixtures->n_bad);
      return found ? 0 : 1;
    }
  fprintf (stderr, "%u ok, %u not ok, %u not offered\n", fixtures->n_ok, fixtures->n_bad, fixtures->n_not_offered);
  if (fixtures->n_bad > 0)
    return 1;
  return found ? 0 : 2;
}

/* Takes the options out of @argv. */
static gboolean
parse (int *argc, char **argv, LimnFixturesChoice *choice)
{
  const struct
  {
    const char  *name;
    const char **value;
  } options[] = {
    { "--checkpoint", &choice->path },
    { "--control", &choice->control },
    { "--precision", &choice->precision },
    { "--part", &choice->part },
  };
  int n = 1;

  for (int i = 1; i < *argc; i++)
    {
      gsize k;

      for (k = 0; k < G_N_ELEMENTS (options); k++)
        if (strcmp (argv[i], options[k].name) == 0)
          break;
      if (k == G_N_ELEMENTS (options))
        argv[n++] = argv[i];
      else if (i + 1 == *argc)
        return FALSE;
      else
        *options[k].value = argv[++i];
    }
  *argc = n;
  argv[n] = NULL;
  return n > 1 && (choice->path || (!choice->control && !choice->precision && !choice->part));
}

static gboolean
check_all (LimnFixtures *fixtures, const LimnFixturesChoice *choice)
{
  gboolean found = TRUE;

  for (guint i = 0; i < fixtures->dirs->len; i++)
    {
      const char *dir = fixtures->dirs->pdata[i];

      if (choice->path ? limn_fixtures_check_checkpoint (fixtures, dir, choice) : check_folder (fixtures, dir, ""))
        continue;
      fprintf (stderr, "%s has no fixtures that this program knows.\n", dir);
      found = FALSE;
    }
  return found;
}

int
main (int argc, char **argv)
{
  g_auto(GStrv) named = g_strsplit (g_getenv ("LIMN_FIXTURES") ? g_getenv ("LIMN_FIXTURES") : "", ":", -1);
  LimnFixtures fixtures = { .dirs = g_ptr_array_new (), .places = g_ptr_array_new () };
  LimnFixturesChoice choice = { NULL };
  char **dirs;
  int result;

  if (!parse (&argc, argv, &choice))
    {
      fprintf (stderr, "Usage: limn-fixtures DIR... [--checkpoint PATH [--control PATH] [--precision f32|f16] [--part NAME]]\n");
      return 2;
    }
  fixtures.tap = argc == 2 && strcmp (argv[1], "--tap") == 0;
  dirs = fixtures.tap ? named : argv + 1;
  for (guint i = 0; dirs[i]; i++)
    if (*dirs[i])
      {
        g_ptr_array_add (fixtures.dirs, dirs[i]);
        g_ptr_array_add (fixtures.places, dirs[i]);
      }
  for (guint i = 0; named[i]; i++)
    g_ptr_array_add (fixtures.places, named[i]);
  if (fixtures.dirs->len == 0)
    {
      printf ("1..0 # SKIP LIMN_FIXTURES names no folder with reference numbers\n");
      result = 0;
    }
  else
    result = print_result (&fixtures, check_all (&fixtures, &choice));
  limn_fixtures_models_free (fixtures.models);
  g_ptr_array_unref (fixtures.dirs);
  g_ptr_array_unref (fixtures.places);
  return result;
}
