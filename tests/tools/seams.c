/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *   seams make FOLDER       paints a suite of masked pictures with the starter model and keeps what came out of the decoder
 *   seams grow FOLDER       the same of pictures that grow by half their size on one side
 *   seams measure FOLDER    puts them together, with and without matching colours, and prints how much the seams stand out
 *
 * Painting takes minutes, putting together a second: so that ideas for the latter can be compared on the same paintings.
 */
#include "config.h"

#include "image/limn-lab.h"
#include "image/limn-png.h"
#include "image/limn-seam.h"
#include "library/limn-stash.h"
#include "session/limn-engine-model.h"
#include "session/limn-frame.h"
#include "session/limn-session.h"
#include "session/limn-source-private.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_PICTURES 24
#define N_MASKS 3
#define STEPS 12

static const char *const prompts[] = {
  "a red house on a green meadow by day", "a lighthouse by the sea at sunset, oil painting", "snowy mountains at dawn",
  "a castle on a hill at night", "desert dunes by day", "a sailing boat on a lake", "pine trees in the snow at night, watercolor",
  "a palm tree on the beach at sunset", "a vase of flowers on a table", "a storm over the sea, oil painting",
  "a forest by day, watercolor", "the moon over green hills at night",
};

static const char *const paint_prompts[] = {
  "a red house on a green meadow by day", "an empty meadow by day", "a round tree", "the moon at night", "a lake by day",
  "flowers in a meadow", "snowy mountains", "a sailing boat on the sea",
};

static void
die (GError *error)
{
  if (!error)
    return;
  fprintf (stderr, "%s\n", error->message);
  exit (1);
}

/* Pictures that no model has made: gradients, stripes, soft fields, with and without grain. */
static LimnImage *
draw_picture (guint i)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (100 + i);
  guint width = i % 3 == 1 ? 131 : 128, height = i % 3 == 2 ? 117 : 128;
  guint8 *data = g_malloc (width * height * 3);
  double base[3], slope[3], wave[3];
  double angle = g_rand_double (rand) * 6.28, frequency = 0.02 + 0.1 * g_rand_double (rand);
  double grain = i % 2 ? 8 : 0;

  for (guint c = 0; c < 3; c++)
    {
      base[c] = 60 + 130 * g_rand_double (rand);
      slope[c] = 0.8 * (g_rand_double (rand) - 0.5);
      wave[c] = 45 * (g_rand_double (rand) - 0.5);
    }
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        double t = (x * cos (angle) + y * sin (angle)) * frequency;
        double shape = i % 4 == 3 ? (sin (t * 3) > 0 ? 1 : -1) : sin (t) + 0.5 * sin (2.3 * t + 0.05 * y);
        double noise = grain * (g_rand_double (rand) + g_rand_double (rand) - 1);

        for (guint c = 0; c < 3; c++)
          data[(y * width + x) * 3 + c] = CLAMP (base[c] + slope[c] * (x - 64.0) + 0.4 * slope[2 - c] * (y - 64.0) + wave[c] * shape +
                                                   noise + 0.5, 0, 255);
      }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, NULL);
}

/* A disc, a box, a star as a lasso makes it, a soft brush, a half, two blobs. */
static LimnImage *
draw_mask (guint kind, guint width, guint height, GRand *rand)
{
  guint8 *data = g_malloc0 (width * height);
  double cx = width * (0.35 + 0.3 * g_rand_double (rand)), cy = height * (0.35 + 0.3 * g_rand_double (rand));
  double radius = 22 + 16 * g_rand_double (rand), turn = g_rand_double (rand);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      {
        double dx = x - cx, dy = y - cy, d = hypot (dx, dy);
        double value = 0;

        switch (kind % 6)
          {
          case 0: value = d < radius; break;
          case 1: value = fabs (dx) < radius && fabs (dy) < 0.7 * radius; break;
          case 2: value = d < radius * (0.75 + 0.3 * sin (5 * (atan2 (dy, dx) + turn))); break;
          case 3: value = CLAMP ((radius - d) / (0.5 * radius), 0, 1); break;
          case 4: value = dx * cos (turn * 6.28) + dy * sin (turn * 6.28) > 0; break;
          default: value = d < 0.6 * radius || hypot (dx - radius, dy + 0.5 * radius) < 0.5 * radius; break;
          }
        data[y * width + x] = value * 255 + 0.5;
      }
  return limn_image_new_take (LIMN_PIXEL_GREY8, width, height, data, NULL);
}

/* White where the picture has grown, for measuring. */
static LimnImage *
draw_growth (const LimnRequestSource *source, guint width, guint height)
{
  guint wide = width + source->grow_left + source->grow_right, high = height + source->grow_top + source->grow_bottom;
  guint8 *data = g_malloc (wide * high);

  for (guint y = 0; y < high; y++)
    for (guint x = 0; x < wide; x++)
      data[y * wide + x] = x - source->grow_left < width && y - source->grow_top < height ? 0 : 255;
  return limn_image_new_take (LIMN_PIXEL_GREY8, wide, high, data, NULL);
}

static LimnImage *
generate (LimnSession *session, guint i)
{
  g_autoptr(LimnRequest) request = limn_request_new ();
  g_autoptr(LimnResult) result = NULL;
  GError *error = NULL;

  limn_request_set_prompt (request, prompts[i % G_N_ELEMENTS (prompts)]);
  request->seed = 1000 + i;
  request->steps = STEPS;
  request->sampler = LIMN_SAMPLER_DPMPP_2M;
  request->open &= ~(LIMN_REQUEST_OPEN_STEPS | LIMN_REQUEST_OPEN_SAMPLER);
  request->preview = LIMN_PREVIEW_NONE;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  die (error);
  return limn_image_ref (result->picture);
}

static void
on_decoded (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **place = data;

  *place = g_object_ref (result);
}

/* What the decoder makes of the last latent, before it is put into the picture. */
static LimnImage *
decode_raw (LimnSession *session, const LimnResult *result)
{
  const LimnTrajectory *trajectory = result->trajectory;
  guint n = limn_trajectory_get_n_steps (trajectory);
  guint width = limn_trajectory_get_width (trajectory), height = limn_trajectory_get_height (trajectory);
  g_autoptr(LimnRequest) request = limn_request_copy (result->request);
  g_autoptr(GBytes) latent = g_bytes_new (limn_trajectory_get_latent (trajectory, n),
                                          (gsize) width * height * limn_trajectory_get_channels (trajectory) * sizeof (double));
  g_autoptr(GAsyncResult) decoded = NULL;
  GError *error = NULL;
  LimnImage *image;

  limn_request_set_source (request, NULL);
  request->width = width * 8;
  request->height = height * 8;
  limn_session_decode_async (session, request, latent, width, height,
                             limn_frame_get_scale (request->sampler, limn_trajectory_get_sigma (trajectory, n), FALSE), NULL,
                             on_decoded, &decoded);
  while (!decoded)
    g_main_context_iteration (NULL, TRUE);
  image = limn_session_decode_finish (session, decoded, &error);
  die (error);
  return image;
}

static void
save (LimnImage *image, const char *folder, guint number, const char *what)
{
  g_autofree char *name = g_strdup_printf ("%03u-%s.png", number, what);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GBytes) png = limn_png_encode (image, NULL, 0, NULL);
  GError *error = NULL;

  g_file_set_contents (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), &error);
  die (error);
}

static LimnImage *
load (const char *folder, guint number, const char *what)
{
  g_autofree char *name = g_strdup_printf ("%03u-%s.png", number, what);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(LimnPng) png = limn_png_load (path, LIMN_PNG_READ_ALL, NULL);

  return png ? limn_image_dup_as (png->image, png->grey ? LIMN_PIXEL_GREY8 : LIMN_PIXEL_RGB8) : NULL;
}

static char *
request_path (const char *folder, guint number)
{
  g_autofree char *name = g_strdup_printf ("%03u.json", number);

  return g_build_filename (folder, name, NULL);
}

static void
save_case (LimnSession *session, const char *folder, guint number, LimnRequest *request, LimnImage *picture, LimnImage *mask)
{
  g_autoptr(LimnResult) result = NULL;
  g_autoptr(LimnImage) work = NULL;
  g_autofree char *json = NULL;
  g_autofree char *path = request_path (folder, number);
  GError *error = NULL;

  request->seed = number;
  request->steps = STEPS;
  request->sampler = LIMN_SAMPLER_DPMPP_2M;
  request->open &= ~(LIMN_REQUEST_OPEN_STEPS | LIMN_REQUEST_OPEN_SAMPLER);
  request->preview = LIMN_PREVIEW_NONE;
  request->keep_latents = TRUE;
  result = limn_session_generate_sync (session, request, NULL, NULL, &error);
  die (error);
  work = decode_raw (session, result);
  save (picture, folder, number, "picture");
  save (mask, folder, number, "mask");
  save (work, folder, number, "work");
  json = limn_request_to_json (result->request);
  g_file_set_contents (path, json, -1, &error);
  die (error);
  printf ("%u\n", number + 1);
  fflush (stdout);
}

static void
make (const char *folder)
{
  g_autoptr(LimnSession) session = limn_session_new (limn_engine_model_open, NULL, NULL);
  LimnStash *stash = limn_stash_new (NULL, NULL);
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);
  static const double strengths[] = { 1, 0.75, 0.5 };
  guint number = 0;

  limn_session_set_stash (session, stash);
  g_mkdir_with_parents (folder, 0777);
  for (guint i = 0; i < N_PICTURES; i++)
    {
      g_autoptr(LimnImage) picture = i % 2 ? draw_picture (i / 2) : generate (session, i / 2);
      g_autofree char *id = limn_stash_add (stash, picture);

      for (guint k = 0; k < N_MASKS; k++, number++)
        {
          g_autoptr(LimnImage) mask = draw_mask (i * N_MASKS + k, limn_image_get_width (picture), limn_image_get_height (picture), rand);
          g_autofree char *mask_id = limn_stash_add (stash, mask);
          g_autoptr(LimnRequest) request = limn_request_new ();

          limn_request_set_prompt (request, paint_prompts[(i + k) % G_N_ELEMENTS (paint_prompts)]);
          request->source = limn_request_source_new (id);
          limn_request_source_set_mask (request->source, mask_id);
          request->source->strength = strengths[(i + k) % G_N_ELEMENTS (strengths)];
          save_case (session, folder, number, request, picture, mask);
        }
    }
  limn_stash_unref (stash);
}

/* Each of the model's own pictures to the left or right, and above or below. */
static void
make_grown (const char *folder)
{
  g_autoptr(LimnSession) session = limn_session_new (limn_engine_model_open, NULL, NULL);
  LimnStash *stash = limn_stash_new (NULL, NULL);

  limn_session_set_stash (session, stash);
  g_mkdir_with_parents (folder, 0777);
  for (guint i = 0; i < G_N_ELEMENTS (prompts); i++)
    {
      g_autoptr(LimnImage) picture = generate (session, i);
      g_autofree char *id = limn_stash_add (stash, picture);
      guint width = limn_image_get_width (picture), height = limn_image_get_height (picture);

      for (guint k = 0; k < 2; k++)
        {
          LimnRequestSource *source = limn_request_source_new (id);
          g_autoptr(LimnRequest) request = limn_request_new ();
          g_autoptr(LimnImage) mask = NULL;

          limn_request_set_prompt (request, prompts[i]);
          source->strength = 1;
          *(k ? (i % 2 ? &source->grow_top : &source->grow_bottom) : (i % 2 ? &source->grow_left : &source->grow_right)) = 64;
          request->source = source;
          mask = draw_growth (source, width, height);
          save_case (session, folder, i * 2 + k, request, picture, mask);
        }
    }
  limn_stash_unref (stash);
}

/* How much of what was painted is seen otherwise than it was painted, in the mean over the mask: what matching colours costs. */
static double
alteration (LimnImage *result, LimnImage *work, LimnImage *mask)
{
  g_autoptr(LimnImage) rgb = limn_image_dup_as (result, LIMN_PIXEL_RGB8);
  double sum = 0;
  guint n = 0;

  for (guint y = 0; y < limn_image_get_height (mask); y++)
    for (guint x = 0; x < limn_image_get_width (mask); x++)
      if (limn_image_get_row (mask, y)[x])
        {
          double a[3], b[3];

          limn_lab_from_rgb8 (limn_image_get_row (rgb, y) + x * 3, a);
          limn_lab_from_rgb8 (limn_image_get_row (work, y) + x * 3, b);
          sum += limn_lab_difference (a, b);
          n++;
        }
  return sum / n;
}

/* The means of blocks of 8 by 8: in them a step is seen that grain and texture hide in single pixels. */
static LimnImage *
reduce (LimnImage *image)
{
  enum { BLOCK = 8 };
  g_autoptr(LimnImage) rgb = limn_image_dup_as (image, LIMN_PIXEL_RGB8);
  guint width = limn_image_get_width (image) / BLOCK, height = limn_image_get_height (image) / BLOCK;
  guint8 *data = g_malloc (width * height * 3);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width * 3; x++)
      {
        guint sum = BLOCK * BLOCK / 2;

        for (guint v = 0; v < BLOCK; v++)
          for (guint u = 0; u < BLOCK; u++)
            sum += limn_image_get_row (rgb, y * BLOCK + v)[(x / 3 * BLOCK + u) * 3 + x % 3];
        data[y * width * 3 + x] = sum / (BLOCK * BLOCK);
      }
  return limn_image_new_take (LIMN_PIXEL_RGB8, width, height, data, NULL);
}

/* Sums over the suite, line by line. */
typedef struct
{
  LimnSeam all;
  double   worst;
  double   altered;
  guint    n_above;
  guint    n;
} Suite;

static void
add (Suite *suite, const LimnSeam *seam)
{
  double ratio = limn_seam_get_ratio (seam);

  for (guint i = 0; i < LIMN_SEAM_LINES; i++)
    {
      suite->all.inside[i] += isnan (seam->inside[i]) ? 0 : seam->inside[i];
      suite->all.outside[i] += isnan (seam->outside[i]) ? 0 : seam->outside[i];
    }
  suite->all.edge += seam->edge;
  suite->all.n_pairs += seam->n_pairs;
  suite->worst = MAX (suite->worst, ratio);
  suite->n_above += ratio > 1.3;
  suite->n++;
}

static void
measure (const char *folder, guint group, gboolean save_results)
{
  static const guint feathers[] = { 0, 4, 8, 16 };
  const char *const names[] = { group < 2 ? "the picture itself" : "the work itself", "as decoded", "matched" };

  /* Where nothing lies beneath, there is no feather. */
  for (guint f = 0; f < (group < 2 ? G_N_ELEMENTS (feathers) : 1); f++)
    for (guint blend = 0; blend < G_N_ELEMENTS (names); blend++)
      {
        Suite suite = { .worst = 0 };
        Suite coarse = { .worst = 0 };

        for (guint number = 0;; number++)
          {
            g_autofree char *path = request_path (folder, number);
            g_autoptr(LimnImage) picture = load (folder, number, "picture");
            g_autoptr(LimnImage) mask = load (folder, number, "mask");
            g_autoptr(LimnImage) work = load (folder, number, "work");
            g_autoptr(LimnRequest) request = NULL;
            g_autoptr(LimnSource) source = NULL;
            g_autoptr(LimnImage) result = NULL;
            g_autofree char *json = NULL;
            const LimnEngineFacts facts = { .factor = 8, .multiple = 32, .width = 128, .height = 128 };
            GError *error = NULL;
            LimnSeam seam;

            if (!work || !g_file_get_contents (path, &json, NULL, NULL))
              break;
            request = limn_request_new_from_json (json, path, &error);
            die (error);
            if (!request->source->mask != (group == 2) || (group < 2 && number / N_MASKS % 2 != group))
              continue;
            request->source->feather = feathers[f];
            source = limn_source_new (request, &facts, picture, group < 2 ? mask : NULL, NULL, &error);
            die (error);
            result = blend == 0   ? limn_image_ref (group < 2 ? picture : work)
                     : blend == 1 ? limn_source_compose_plain (source, work, &error)
                                  : limn_source_compose (source, work, &error);
            die (error);
            limn_seam_measure (result, mask, &seam, &error);
            die (error);
            add (&suite, &seam);
            if (group == 2)
              {
                g_autoptr(LimnImage) small = reduce (result), wide = reduce (mask);
                g_autoptr(LimnImage) small_mask = limn_image_dup_as (wide, LIMN_PIXEL_GREY8);

                limn_seam_measure (small, small_mask, &seam, &error);
                die (error);
                add (&coarse, &seam);
              }
            suite.altered += alteration (result, work, mask);
            if (save_results && feathers[f] == (group < 2 ? 8 : 0))
              {
                g_autofree char *what = g_strdup_printf ("result-%u", blend);

                save (result, folder, number, what);
              }
          }
        if (suite.n == 0)
          return;
        printf ("feather %2u  %-18s edge %.3f  ratio %.3f  worst %.2f  above 1.3: %u of %u  altered %.2f   inside", feathers[f],
                names[blend], suite.all.edge / suite.n, limn_seam_get_ratio (&suite.all), suite.worst, suite.n_above, suite.n,
                suite.altered / suite.n);
        for (guint i = 0; i < LIMN_SEAM_LINES; i++)
          printf (" %.2f", suite.all.inside[i] / suite.n);
        printf ("  outside %.2f\n", suite.all.outside[3] / suite.n);
        if (coarse.n)
          printf ("            reduced to an 8th     edge %.3f  ratio %.3f  worst %.2f  above 1.3: %u\n", coarse.all.edge / coarse.n,
                  limn_seam_get_ratio (&coarse.all), coarse.worst, coarse.n_above);
      }
}

int
main (int argc, char **argv)
{
  static const char *const groups[] = { "Pictures of the model's own kind", "Pictures that no model has made", "Pictures that have grown" };

  if (argc == 3 && g_str_equal (argv[1], "make"))
    make (argv[2]);
  else if (argc == 3 && g_str_equal (argv[1], "grow"))
    make_grown (argv[2]);
  else if (argc >= 3 && g_str_equal (argv[1], "measure"))
    for (guint group = 0; group < G_N_ELEMENTS (groups); group++)
      {
        printf ("%s\n", groups[group]);
        measure (argv[2], group, argc > 3);
      }
  else
    {
      fprintf (stderr, "seams make FOLDER | seams grow FOLDER | seams measure FOLDER [save]\n");
      return 2;
    }
  return 0;
}
