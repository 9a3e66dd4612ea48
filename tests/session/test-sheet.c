/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-session.h"

#include "base/limn-error.h"
#include "session/limn-request-chain.h"
#include "session/limn-generation.h"
#include "session/limn-inspection.h"
#include "session/limn-sheet.h"
#include "stub-engine.h"

#include <string.h>

#define PICTURE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define JOB "2d7a1c1e-9b2f-4c55-8f37-6d1f0b7c9a10"

static LimnRequest *
plain (void)
{
  LimnRequest *request = limn_request_new ();

  request->open = 0;
  limn_request_set_prompt (request, "a red house at noon, noon light");
  limn_request_set_negative (request, "blurry");
  request->sampler = LIMN_SAMPLER_EULER_A;
  request->eta = 1;
  request->steps = 20;
  request->cfg = 7;
  request->seed = 5;
  request->width = request->height = 64;
  return request;
}

static LimnRequest *
branched (guint step)
{
  g_autoptr(LimnRequest) from = plain ();

  return test_branch_of (from, step);
}

static void
test_parse (void)
{
  static const struct
  {
    LimnSheetField field;
    const char    *text;
    const char    *values; /* joined by | */
  } cases[] = {
    { LIMN_SHEET_CFG, "1, 5, 7.5", "1|5|7.5" },
    { LIMN_SHEET_CFG, " 7.50 ,.5,  3. ", "7.5|0.5|3" },
    { LIMN_SHEET_CFG, "1-4", "1|2|3|4" },
    { LIMN_SHEET_CFG, "4-1", "4|3|2|1" },
    { LIMN_SHEET_CFG, "1 - 3 (+0.5)", "1|1.5|2|2.5|3" },
    { LIMN_SHEET_CFG, "3-1(-0.5)", "3|2.5|2|1.5|1" },
    { LIMN_SHEET_CFG, "0.1-0.7 (+0.1)", "0.1|0.2|0.3|0.4|0.5|0.6|0.7" },
    { LIMN_SHEET_CFG, "1-10 (+4)", "1|5|9" },
    { LIMN_SHEET_CFG, "1-2 [5]", "1|1.25|1.5|1.75|2" },
    { LIMN_SHEET_CFG, "5-5", "5" },
    { LIMN_SHEET_CFG, "5-9 [1]", "5" },
    { LIMN_SHEET_CFG, "2, 4-6, 9,", "2|4|5|6|9" },
    { LIMN_SHEET_CFG, "7, 7", "7|7" },
    { LIMN_SHEET_ETA, "0-1 [4]", "0|0.333333333333|0.666666666667|1" },
    { LIMN_SHEET_STEPS, "1-10", "1|2|3|4|5|6|7|8|9|10" },
    { LIMN_SHEET_STEPS, "1-10 (+3)", "1|4|7|10" },
    { LIMN_SHEET_STEPS, "10-1 (-4)", "10|6|2" },
    { LIMN_SHEET_STEPS, "1-10 [5]", "1|3|5|7|10" },
    { LIMN_SHEET_STEPS, "10-20 (5)", "10|15|20" },
    { LIMN_SHEET_SEED, "18446744073709551613-18446744073709551615", "18446744073709551613|18446744073709551614|18446744073709551615" },
    { LIMN_SHEET_SEED, "0-18446744073709551615 [3]", "0|9223372036854775807|18446744073709551615" },
    { LIMN_SHEET_SAMPLER, "euler, Euler A,DPM++ 2M , dpmpp-2m-SDE", "euler|euler-a|dpmpp-2m|dpmpp-2m-sde" },
    { LIMN_SHEET_SCHEDULE, "model, Karras, SGM uniform", "model|karras|sgm-uniform" },
    { LIMN_SHEET_PROMPT, "noon, sunset , night", "noon|sunset|night" },
    { LIMN_SHEET_PROMPT, "\"noon, noon\", \"\"\"rain\"\"\", \"\", \" wet\"", "noon, noon|\"rain\"|| wet" },
    { LIMN_SHEET_PROMPT, "blurry, 北斎", "blurry|北斎" },
    { LIMN_SHEET_VARIATION_STRENGTH, "0-1 (+0.25)", "0|0.25|0.5|0.75|1" },
  };
  g_autoptr(LimnRequest) base = plain ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnSheetAxis) axis = limn_sheet_axis_new_parse (cases[i].field, cases[i].text, base, &error);
      g_autoptr(LimnSheetAxis) again = NULL;
      g_autoptr(GString) values = g_string_new (NULL);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      for (guint k = 0; k < limn_sheet_axis_get_n_values (axis); k++)
        g_string_append_printf (values, "%s%s", k ? "|" : "", limn_sheet_axis_get_value (axis, k));
      g_assert_cmpstr (values->str, ==, cases[i].values);

      text = limn_sheet_axis_dup_text (axis);
      again = limn_sheet_axis_new_parse (cases[i].field, text, base, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (limn_sheet_axis_get_n_values (again), ==, limn_sheet_axis_get_n_values (axis));
      for (guint k = 0; k < limn_sheet_axis_get_n_values (axis); k++)
        g_assert_cmpstr (limn_sheet_axis_get_value (again, k), ==, limn_sheet_axis_get_value (axis, k));
    }
}

/* What stands under a picture has few digits, but enough. */
static void
test_labels (void)
{
  static const struct
  {
    const char *text;
    const char *labels;
  } cases[] = {
    { "0-1 [7]", "0|0.167|0.333|0.5|0.667|0.833|1" },
    { "0.1251, 0.1252, 7.5", "0.1251|0.1252|7.5" },
    { "7.12345, 7.12345", "7.12|7.12" },
    { "999.5, 1000", "999.5|1000" },
  };
  g_autoptr(LimnRequest) base = plain ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(LimnSheetAxis) axis = limn_sheet_axis_new_parse (LIMN_SHEET_CFG, cases[i].text, base, NULL);
      g_autoptr(GString) labels = g_string_new (NULL);

      for (guint k = 0; k < limn_sheet_axis_get_n_values (axis); k++)
        g_string_append_printf (labels, "%s%s", k ? "|" : "", limn_sheet_axis_get_label (axis, k));
      g_assert_cmpstr (labels->str, ==, cases[i].labels);
    }
}

static void
test_parse_errors (void)
{
  static const struct
  {
    LimnSheetField field;
    const char    *text;
    const char    *part;
  } cases[] = {
    { LIMN_SHEET_CFG, "", "no value for cfg" },
    { LIMN_SHEET_CFG, " , ,", "no value for cfg" },
    { LIMN_SHEET_CFG, "seven", "“seven” is no value for cfg" },
    { LIMN_SHEET_CFG, "-3", "“-3”" },
    { LIMN_SHEET_CFG, "1e4", "10000" },
    { LIMN_SHEET_CFG, "1e999", "1e999" },
    { LIMN_SHEET_CFG, "2000", "cfg" },
    { LIMN_SHEET_CFG, "0.1-0.5", "0.1-0.5 (+0.1)" },
    { LIMN_SHEET_CFG, "1-5 (+0)", "1-5 (+0)" },
    { LIMN_SHEET_CFG, "1-5 (-1)", "1-5 (-1)" },
    { LIMN_SHEET_CFG, "5-1 (+1)", "5-1 (+1)" },
    { LIMN_SHEET_CFG, "1-5 [0]", "1-5 [0]" },
    { LIMN_SHEET_CFG, "0-1 (+0.0000001)", "too many" },
    { LIMN_SHEET_CFG, "nan", "nan" },
    { LIMN_SHEET_STEPS, "7.5", "whole number" },
    { LIMN_SHEET_STEPS, "0", "steps must be" },
    { LIMN_SHEET_STEPS, "4294967296", "4294967296" },
    { LIMN_SHEET_SEED, "-1", "-1" },
    { LIMN_SHEET_SEED, "18446744073709551616", "18446744073709551616" },
    { LIMN_SHEET_SEED, "0-18446744073709551615", "too many" },
    { LIMN_SHEET_SEED, "1-9999, 1-9999", "too many" },
    { LIMN_SHEET_SEED, "0-9 [18446744073709551615]", "is no value" },
    { LIMN_SHEET_SAMPLER, "euler, best", "best" },
    { LIMN_SHEET_SCHEDULE, "fast", "fast" },
    { LIMN_SHEET_PROMPT, "dusk, noon", "“dusk” stands neither" },
    { LIMN_SHEET_PROMPT, "\"\", noon", "stands neither" },
    { LIMN_SHEET_PROMPT, "noon, \xff", "no value" },
    { LIMN_SHEET_STRENGTH, "0.5", "picture to start from" },
    { LIMN_SHEET_LAMBDA, "0-1 [3]", "something to blend" },
    { LIMN_SHEET_NOISE_SEED, "1", "fresh noise" },
    { LIMN_SHEET_NOISE_AMOUNT, "1", "branch" },
    { LIMN_SHEET_BRANCH_STEP, "1", "a branch" },
    { LIMN_SHEET_VARIATION_STRENGTH, "2", "variation" },
  };
  g_autoptr(LimnRequest) base = plain ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnSheetAxis) axis = limn_sheet_axis_new_parse (cases[i].field, cases[i].text, base, &error);

      g_assert_null (axis);
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
      if (!strstr (error->message, cases[i].part))
        g_error ("“%s” does not speak of “%s”", error->message, cases[i].part);
    }
}

static LimnSheet *
make_sheet (LimnSheetKind kind, const LimnRequest *base, LimnSheetField x, const char *x_text, LimnSheetField y, const char *y_text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheetAxis) x_axis = x_text ? limn_sheet_axis_new_parse (x, x_text, base, &error) : NULL;
  g_autoptr(LimnSheetAxis) y_axis = NULL;
  LimnSheet *sheet;

  g_assert_no_error (error);
  y_axis = y_text ? limn_sheet_axis_new_parse (y, y_text, base, &error) : NULL;
  g_assert_no_error (error);
  sheet = limn_sheet_new (kind, base, x_axis, y_axis, &error);
  g_assert_no_error (error);
  return sheet;
}

/* 20 steps whatever they are; a strength leaves its part of them. */
static guint
count_plainly (const LimnRequest *request, gpointer data)
{
  return request->source ? request->steps * request->source->strength : request->steps;
}

/* The same tree counted by brute force: a step is new unless one of the pictures before has it. */
static void
check_economy (const LimnSheet *sheet, const LimnRequest *known)
{
  g_autoptr(GPtrArray) done = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_request_free);
  guint64 distinct, all, expected = 0, expected_all = 0;

  for (guint i = 0; i < limn_sheet_get_n_pictures (sheet); i++)
    {
      LimnRequest *request = limn_sheet_dup_request (sheet, i);
      guint n = count_plainly (request, NULL), shared = known ? limn_request_count_shared (known, request) : 0, column, row;

      g_assert_true (limn_request_check (request, NULL));
      limn_sheet_get_cell (sheet, i, &column, &row);
      g_assert_cmpuint (limn_sheet_get_picture_at (sheet, column, row), ==, i);
      for (guint k = 0; k < done->len; k++)
        {
          guint with = limn_request_count_shared (g_ptr_array_index (done, k), request);

          shared = MAX (shared, with);
          /* Nobody before has more in common than the one just before. */
          g_assert_cmpuint (with, <=, limn_sheet_count_shared (sheet, i));
        }
      expected += n - MIN (n, shared);
      expected_all += n;
      g_ptr_array_add (done, request);
    }
  limn_sheet_count_steps (sheet, known, count_plainly, NULL, &distinct, &all);
  g_assert_cmpuint (distinct, ==, expected);
  g_assert_cmpuint (all, ==, expected_all);
}

static void
check_count (LimnSheet *made, const LimnRequest *known, guint64 expected, guint64 expected_all)
{
  g_autoptr(LimnSheet) sheet = made;
  guint64 distinct, all;

  check_economy (sheet, known);
  limn_sheet_count_steps (sheet, known, count_plainly, NULL, &distinct, &all);
  g_assert_cmpuint (distinct, ==, expected);
  g_assert_cmpuint (all, ==, expected_all);
}

/* How many steps sheets of all kinds take, reckoned by hand. */
static void
test_count (void)
{
  g_autoptr(LimnRequest) base = plain ();
  g_autoptr(LimnRequest) branch = branched (12);
  g_autoptr(LimnRequest) mix = test_mix_of (base, LIMN_MIX_NOISE, 4, 0.5, 0.5);
  g_autoptr(LimnRequest) from_picture = plain ();

  from_picture->source = limn_request_source_new (PICTURE);
  check_count (make_sheet (LIMN_SHEET_GRID, base, LIMN_SHEET_CFG, "1-9", LIMN_SHEET_SEED, "1-4"), NULL, 9 * 4 * 20, 720);
  check_count (make_sheet (LIMN_SHEET_GRID, base, LIMN_SHEET_CFG, "7, 7, 7", 0, NULL), NULL, 20, 60);
  check_count (make_sheet (LIMN_SHEET_GRID, base, 0, NULL, LIMN_SHEET_STEPS, "10, 20"), NULL, 30, 30);
  /* Euler obeys no eta, Euler a does. */
  check_count (make_sheet (LIMN_SHEET_GRID, base, LIMN_SHEET_SAMPLER, "euler, euler-a", LIMN_SHEET_ETA, "0-1 [3]"), NULL, 80, 120);
  check_count (make_sheet (LIMN_SHEET_GRID, from_picture, LIMN_SHEET_STRENGTH, "0.5, 1", 0, NULL), NULL, 30, 30);
  /* The step at which all part is done once, or not at all where the parent's steps are there. */
  check_count (make_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_CFG, "3, 5", LIMN_SHEET_PROMPT, "noon, dusk"), NULL, 12 + 4 * 8, 80);
  check_count (make_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_CFG, "3, 5", LIMN_SHEET_PROMPT, "noon, dusk"), branch, 4 * 8, 80);
  /* One of them is the parent. */
  check_count (make_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_CFG, "7, 3", LIMN_SHEET_PROMPT, "noon, dusk"), branch, 3 * 8, 80);
  check_count (make_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_SEED, "5, 6", LIMN_SHEET_CFG, "3, 4"), NULL, 2 * 12 + 4 * 8, 80);
  branch->branch->noise = LIMN_FRESH_NOISE_RENOISE;
  branch->branch->noise_amount = 0.5;
  check_count (make_sheet (LIMN_SHEET_VARIATIONS, branch, LIMN_SHEET_NOISE_SEED, "1-9", 0, NULL), branch, 9 * 8, 180);
  check_count (make_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_NOISE_SEED, "1-3", LIMN_SHEET_NOISE_AMOUNT, "0, 0.5, 1"), NULL,
               12 + 8 + 6 * 8, 180);
  check_count (make_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_BRANCH_STEP, "0, 5, 10, 15", LIMN_SHEET_NOISE_SEED, "1, 2"), NULL,
               15 + 2 * 20 + 2 * 15 + 2 * 10 + 2 * 5, 160);
  /* Edges are strips of two, corners are pictures; all different. */
  check_count (make_sheet (LIMN_SHEET_STRIP, mix, LIMN_SHEET_LAMBDA, "0-1 [5]", LIMN_SHEET_LAMBDA_V, "0-1 [3]"), NULL, 15 * 20, 300);
  check_count (make_sheet (LIMN_SHEET_GRID, mix, LIMN_SHEET_LAMBDA, "0, 1", LIMN_SHEET_CFG, "1, 7"), mix->mix->ends[0].request, 80, 80);
  mix->mix->v = 0;
  check_count (make_sheet (LIMN_SHEET_GRID, mix, LIMN_SHEET_LAMBDA, "0, 1", LIMN_SHEET_CFG, "1, 7"), mix->mix->ends[0].request, 60, 80);
}

/* Any two axes of any base. */
static void
test_any (void)
{
  static const struct
  {
    LimnSheetField field;
    const char    *text;
  } axes[] = {
    { LIMN_SHEET_SEED, "5, 6, 5" },        { LIMN_SHEET_STEPS, "20, 10" },  { LIMN_SHEET_CFG, "1, 7, 3" },
    { LIMN_SHEET_SAMPLER, "euler, ddim" }, { LIMN_SHEET_ETA, "0, 1" },      { LIMN_SHEET_PROMPT, "noon, dusk, noon" },
    { LIMN_SHEET_PROMPT, "blurry, x" },    { LIMN_SHEET_LAMBDA, "0, 0.5, 1" }, { LIMN_SHEET_NOISE_SEED, "1-3" },
    { LIMN_SHEET_NOISE_AMOUNT, "0, 1" },   { LIMN_SHEET_BRANCH_STEP, "0, 6, 3" }, { LIMN_SHEET_SCHEDULE, "karras, model" },
    { LIMN_SHEET_VARIATION_STRENGTH, "0, 0.5" }, { LIMN_SHEET_VARIATION_SEED, "1, 2" },
  };
  g_autoptr(LimnRequest) own = plain ();
  g_autoptr(LimnRequest) mix = test_mix_of (own, LIMN_MIX_NOISE, 2, 0, 0);
  guint n = 0;

  for (guint b = 0; b < 4; b++)
    {
      g_autoptr(LimnRequest) base = b == 0 ? limn_request_copy (own) : test_branch_of (b == 3 ? mix : own, 8);

      if (b == 2)
        {
          base->branch->noise = LIMN_FRESH_NOISE_RENOISE;
          base->branch->noise_amount = 0.25;
        }
      for (guint i = 0; i < G_N_ELEMENTS (axes); i++)
        for (guint k = 0; k < G_N_ELEMENTS (axes); k++)
          {
            g_autoptr(LimnSheetAxis) x = limn_sheet_axis_new_parse (axes[i].field, axes[i].text, base, NULL);
            g_autoptr(LimnSheetAxis) y = limn_sheet_axis_new_parse (axes[k].field, axes[k].text, base, NULL);
            g_autoptr(LimnSheet) sheet = x && y ? limn_sheet_new (LIMN_SHEET_GRID, base, x, y, NULL) : NULL;

            if (!sheet)
              continue;
            n++;
            check_economy (sheet, NULL);
            check_economy (sheet, base);
          }
    }
  g_assert_cmpuint (n, >, 300);
}

static void
test_cells (void)
{
  g_autoptr(LimnRequest) base = branched (8);
  g_autoptr(LimnSheet) grid = make_sheet (LIMN_SHEET_GRID, base, LIMN_SHEET_SAMPLER, "euler-a, ddim", LIMN_SHEET_CFG, "3-5");
  g_autoptr(LimnSheet) variations = NULL;
  g_autoptr(LimnSheetAxis) seeds = limn_sheet_axis_new_seeds (LIMN_SHEET_NOISE_SEED, G_MAXUINT64, 7);
  g_autofree char *column = limn_sheet_dup_column_label (grid, 0);
  g_autofree char *row = limn_sheet_dup_row_label (grid, 2);
  g_autoptr(LimnRequest) cell = limn_sheet_dup_request (grid, limn_sheet_get_picture_at (grid, 1, 2));
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (limn_sheet_get_n_columns (grid), ==, 2);
  g_assert_cmpuint (limn_sheet_get_n_rows (grid), ==, 3);
  g_assert_cmpuint (limn_sheet_get_n_pictures (grid), ==, 6);
  g_assert_cmpuint (limn_sheet_get_picture_at (grid, 2, 0), ==, G_MAXUINT);
  g_assert_cmpstr (column, ==, "Euler a");
  g_assert_cmpstr (row, ==, "5");
  g_assert_cmpint (cell->sampler, ==, LIMN_SAMPLER_DDIM);
  g_assert_cmpfloat (cell->eta, ==, 0); /* what is usual there, as it was here */
  g_assert_cmpfloat (cell->cfg, ==, 5);
  g_assert_cmpuint (cell->branch->step, ==, 8);
  g_assert_cmpint (cell->branch->from->sampler, ==, LIMN_SAMPLER_EULER_A);
  /* Nothing is shared but the first 8 steps: painted as it is read. */
  for (guint i = 0; i < 6; i++)
    g_assert_cmpuint (limn_sheet_get_picture_at (grid, i % 2, i / 2), ==, i);

  base->branch->noise = LIMN_FRESH_NOISE_STREAM;
  variations = limn_sheet_new (LIMN_SHEET_VARIATIONS, base, seeds, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_sheet_get_n_columns (variations), ==, 3);
  g_assert_cmpuint (limn_sheet_get_n_rows (variations), ==, 3);
  g_assert_cmpuint (limn_sheet_get_picture_at (variations, 1, 2), ==, G_MAXUINT);
  g_assert_null (limn_sheet_dup_column_label (variations, 0));
  g_clear_pointer (&cell, limn_request_free);
  cell = limn_sheet_dup_request (variations, 1);
  g_assert_cmpuint (cell->branch->noise_seed, ==, 0);
}

/* What a sampler or a place brings along of the other axis's setting gives way to that axis, whichever way round they lie. */
static void
test_either_way_round (void)
{
  static const char *const etas[] = { "0.5", "1" };
  g_autoptr(LimnRequest) own = plain ();
  g_autoptr(LimnRequest) mixed = test_mix_of (own, LIMN_MIX_NOISE, 2, 0.5, 0);

  mixed->mix->ends[1].request->cfg = 3;
  mixed->cfg = limn_request_mix_get_cfg (mixed->mix, 0);
  for (guint way = 0; way < 2; way++)
    {
      g_autoptr(LimnSheet) samplers = way == 0 ? make_sheet (LIMN_SHEET_GRID, own, LIMN_SHEET_ETA, "0.5, 1", LIMN_SHEET_SAMPLER, "ddim, dpmpp-sde")
                                               : make_sheet (LIMN_SHEET_GRID, own, LIMN_SHEET_SAMPLER, "ddim, dpmpp-sde", LIMN_SHEET_ETA, "0.5, 1");
      g_autoptr(LimnSheet) places = way == 0 ? make_sheet (LIMN_SHEET_GRID, mixed, LIMN_SHEET_CFG, "5, 9", LIMN_SHEET_LAMBDA, "0, 1")
                                             : make_sheet (LIMN_SHEET_GRID, mixed, LIMN_SHEET_LAMBDA, "0, 1", LIMN_SHEET_CFG, "5, 9");

      for (guint i = 0; i < 4; i++)
        {
          guint first = way == 0 ? i % 2 : i / 2, second = way == 0 ? i / 2 : i % 2;
          g_autoptr(LimnRequest) one = limn_sheet_dup_request (samplers, limn_sheet_get_picture_at (samplers, i % 2, i / 2));
          g_autoptr(LimnRequest) other = limn_sheet_dup_request (places, limn_sheet_get_picture_at (places, i % 2, i / 2));

          g_assert_cmpfloat (one->eta, ==, g_ascii_strtod (etas[first], NULL));
          g_assert_cmpint (one->sampler, ==, second == 0 ? LIMN_SAMPLER_DDIM : LIMN_SAMPLER_DPMPP_SDE);
          g_assert_cmpfloat (other->cfg, ==, first == 0 ? 5 : 9);
          g_assert_cmpfloat (other->mix->u, ==, second);
        }
    }
}

/* The guidance of a strip lies between that of its ends, unless somebody wanted another. */
static void
test_strip (void)
{
  g_autoptr(LimnRequest) own = plain ();
  g_autoptr(LimnRequest) base = test_mix_of (own, LIMN_MIX_NOISE, 2, 0, 0);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(LimnSheet) strip = NULL;

      base->mix->ends[1].request->cfg = 3;
      base->cfg = i == 0 ? 7 : 5;
      strip = make_sheet (LIMN_SHEET_STRIP, base, LIMN_SHEET_LAMBDA, "0-1 [3]", 0, NULL);
      for (guint k = 0; k < 3; k++)
        {
          g_autoptr(LimnRequest) one = limn_sheet_dup_request (strip, limn_sheet_get_picture_at (strip, k, 0));
          guint same = k == 1 ? 0 : limn_request_count_shared (one, base->mix->ends[k / 2].request);

          g_assert_cmpfloat (one->mix->u, ==, k / 2.0);
          g_assert_cmpfloat (one->cfg, ==, i == 0 ? 7 - 2 * k : 5);
          g_assert_cmpuint (same, ==, i == 0 && k != 1 ? G_MAXUINT : 0);
        }
    }
}

static void
check_refused (const LimnRequest *base, LimnSheetField x, const char *x_text, LimnSheetField y, const char *y_text, const char *part)
{
  const char *x_values[] = { x_text, NULL }, *y_values[] = { y_text, NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheetAxis) x_axis = limn_sheet_axis_new_values (x, x_values, &error);
  g_autoptr(LimnSheetAxis) y_axis = y_text ? limn_sheet_axis_new_values (y, y_values, &error) : NULL;

  g_assert_no_error (error);
  g_assert_null (limn_sheet_new (LIMN_SHEET_GRID, base, x_axis, y_axis, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  if (!strstr (error->message, part))
    g_error ("“%s” does not speak of “%s”", error->message, part);
}

static void
test_refused (void)
{
  g_autoptr(LimnRequest) base = plain ();
  g_autoptr(LimnRequest) branch = branched (8);
  g_autoptr(LimnSheetAxis) many = limn_sheet_axis_new_seeds (LIMN_SHEET_SEED, 0, 5000);
  g_autoptr(LimnSheetAxis) few = NULL;
  g_autoptr(GError) error = NULL;

  check_refused (base, LIMN_SHEET_CFG, "1", LIMN_SHEET_CFG, "2", "Both axes");
  check_refused (base, LIMN_SHEET_LAMBDA, "1", 0, NULL, "nothing");
  check_refused (base, LIMN_SHEET_VARIATION_SEED, "1", 0, NULL, "strength is 0");
  check_refused (base, LIMN_SHEET_CFG, "1001", 0, NULL, "cfg");
  check_refused (branch, LIMN_SHEET_NOISE_SEED, "1", 0, NULL, "nothing");
  branch->branch->noise = LIMN_FRESH_NOISE_STREAM;
  check_refused (branch, LIMN_SHEET_SAMPLER, "ddim", 0, NULL, "draws no noise");
  check_refused (branch, LIMN_SHEET_SAMPLER, "euler-a", LIMN_SHEET_ETA, "0", "draws no noise");

  few = limn_sheet_axis_new_parse (LIMN_SHEET_CFG, "1-3", base, NULL);
  g_assert_null (limn_sheet_new (LIMN_SHEET_GRID, base, many, few, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_error (&error);
  for (guint i = 0; i < 40; i++)
    {
      LimnRequest *next = test_branch_of (branch, i);

      limn_request_free (branch);
      branch = next;
    }
  branch->branch->noise = LIMN_FRESH_NOISE_NONE;
  g_assert_null (limn_sheet_new (LIMN_SHEET_GRID, branch, many, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "descends"));
}

static void
test_json (void)
{
  static const struct
  {
    const char *from;
    const char *to;
    int         code;
  } cases[] = {
    { "\"version\":1,\"kind\"", "\"version\":2,\"kind\"", LIMN_ERROR_FORMAT },
    { "\"kind\":\"grid\"", "\"kind\":\"heap\"", LIMN_ERROR_INVALID },
    { "\"field\":\"cfg\"", "\"field\":\"luck\"", LIMN_ERROR_INVALID },
    { "\"field\":\"cfg\"", "\"field\":\"lambda\"", LIMN_ERROR_INVALID },
    { "[\"3\",", "[", LIMN_ERROR_FORMAT }, /* then picture 5 is none */
    { "[\"3\",\"4\"]", "[]", LIMN_ERROR_INVALID },
    { "[\"3\",\"4\"]", "[3,4]", LIMN_ERROR_FORMAT },
    { "[\"3\",\"4\"]", "[\"3\",\"x\"]", LIMN_ERROR_INVALID },
    { "[\"3\",\"4\"]", "[\"3\",\"9999\"]", LIMN_ERROR_INVALID },
    { "\"steps\":20", "\"steps\":null", LIMN_ERROR_FORMAT },
    { "\"x\":", "\"z\":", LIMN_ERROR_FORMAT },
    { "\"picture\":5", "\"picture\":6", LIMN_ERROR_FORMAT },
    { "\"job\":\"2", "\"job\":\"x", LIMN_ERROR_FORMAT },
    { "\"base\":{", "\"base\":7,\"b\":{", LIMN_ERROR_FORMAT },
  };
  g_autoptr(LimnRequest) base = plain ();
  g_autoptr(LimnSheet) sheet = make_sheet (LIMN_SHEET_GRID, base, LIMN_SHEET_CFG, "3, 4", LIMN_SHEET_PROMPT, "noon, \"a, b\", \"\"");
  g_autofree char *json = limn_sheet_to_json (sheet);
  g_autofree char *mark = limn_sheet_mark_to_text (JOB, 5, sheet);
  g_autofree char *job = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnSheet) again = limn_sheet_new_from_json (json, "sheet", &error);
  g_autoptr(LimnSheet) marked = NULL;
  guint picture;

  g_assert_no_error (error);
  g_assert_true (limn_sheet_equal (sheet, again));
  g_assert_true (limn_sheet_mark_parse (mark, &job, &picture, &marked, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (job, ==, JOB);
  g_assert_cmpuint (picture, ==, 5);
  g_assert_true (limn_sheet_equal (sheet, marked));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *place = strstr (mark, cases[i].from);
      g_autofree char *bad = NULL;
      g_autofree char *no_job = NULL;
      g_autoptr(LimnSheet) none = NULL;

      g_assert_nonnull (place);
      bad = g_strdup_printf ("%.*s%s%s", (int) (place - mark), mark, cases[i].to, place + strlen (cases[i].from));
      g_assert_false (limn_sheet_mark_parse (bad, &no_job, &picture, &none, &error));
      g_assert_error (error, LIMN_ERROR, cases[i].code);
      g_clear_error (&error);
    }
}

/* What was inspected closes open fields and counts steps as the engine does, when that is gone. */
static void
test_inspection (void)
{
  StubLab lab;
  g_autoptr(LimnRequest) open = limn_request_new ();
  g_autoptr(LimnRequest) theirs = NULL;
  g_autoptr(LimnRequest) mine = NULL;
  g_autoptr(LimnRequest) branch = NULL;
  g_autoptr(LimnInspection) inspection = NULL;
  g_autoptr(LimnSheet) sheet = NULL;
  g_autoptr(GError) error = NULL;
  double betas[1000];
  guint64 distinct, all;
  guint n_cut;
  LimnEngine *engine;

  stub_lab_init (&lab);
  engine = stub_engine_open (&lab, open, NULL, &error);
  for (guint i = 0; i < G_N_ELEMENTS (betas); i++)
    betas[i] = 0.001 + i * 1e-5;
  engine->facts.scheduler.beta_schedule = LIMN_BETAS_TRAINED;
  engine->facts.scheduler.trained_betas = betas;
  engine->facts.scheduler.n_trained_betas = engine->facts.scheduler.num_train_timesteps = G_N_ELEMENTS (betas);
  open->source = limn_request_source_new (PICTURE);
  open->source->strength = 0.5;
  inspection = limn_inspection_new_for_engine (engine, open, 50, 30, &error);
  g_assert_no_error (error);
  limn_request_set_source (open, NULL);
  theirs = limn_engine_resolve (&engine->facts, open, &error);
  branch = test_branch_of (theirs, 3);
  branch->steps = 50;
  branch->schedule = LIMN_SCHEDULE_KARRAS;
  n_cut = limn_generation_count_steps (branch, &engine->facts, &error);
  g_assert_no_error (error);
  memset (betas, 0, sizeof betas);
  limn_engine_free (engine);

  mine = limn_inspection_resolve (inspection, open, &error);
  g_assert_no_error (error);
  g_assert_true (limn_request_equal (mine, theirs));
  g_assert_cmpuint (limn_inspection_count_steps (mine, inspection), ==, mine->steps);
  g_assert_cmpuint (n_cut, >, 3);
  g_assert_cmpuint (limn_inspection_count_steps (branch, inspection), ==, n_cut);
  sheet = make_sheet (LIMN_SHEET_GRID, branch, LIMN_SHEET_CFG, "1-3", 0, NULL);
  limn_sheet_count_steps (sheet, NULL, limn_inspection_count_steps, inspection, &distinct, &all);
  g_assert_cmpuint (all, ==, 3 * n_cut);
  g_assert_cmpuint (distinct, ==, 3 + 3 * (n_cut - 3));

  g_clear_pointer (&mine, limn_request_free);
  open->source = limn_request_source_new (PICTURE);
  open->source->strength = 0.5;
  mine = limn_inspection_resolve (inspection, open, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (mine->width, ==, 50);
  g_assert_cmpuint (mine->height, ==, 30);
  g_assert_cmpuint (limn_inspection_count_steps (mine, inspection), ==, mine->steps / 2);
  mine->source->strength = 0;
  g_assert_cmpuint (limn_inspection_count_steps (mine, inspection), ==, 0);
}

void
test_sheet_add (void)
{
  g_test_add_func ("/sheet/parse", test_parse);
  g_test_add_func ("/sheet/labels", test_labels);
  g_test_add_func ("/sheet/parse-errors", test_parse_errors);
  g_test_add_func ("/sheet/count", test_count);
  g_test_add_func ("/sheet/any", test_any);
  g_test_add_func ("/sheet/cells", test_cells);
  g_test_add_func ("/sheet/either-way-round", test_either_way_round);
  g_test_add_func ("/sheet/strip", test_strip);
  g_test_add_func ("/sheet/refused", test_refused);
  g_test_add_func ("/sheet/json", test_json);
  g_test_add_func ("/sheet/inspection", test_inspection);
}
