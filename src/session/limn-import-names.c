/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What other programs call samplers and schedules. A name is reduced to its letters and digits ("DPM++ 2M Karras", "dpmpp_2m_k",
 * "dpm++2m karras" become "dpmpp2mkarras", "dpmpp2mk", "dpmpp2mkarras"); it is a sampler of the first table, followed by nothing or
 * by a schedule of the second. */
#include "config.h"

#include "session/limn-import-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/**
 * Sampler:
 * @automatic: what AUTOMATIC1111 (1.9 and later) takes for "Automatic"; its older versions have "discrete" except for the samplers
 *   that step between training timesteps
 * @other: another sampler than the name says: the nearest there is
 * @eta: what makes ours the same as the name says; -1: its default
 */
typedef struct
{
  const char      *name;
  LimnSamplerKind  kind;
  LimnScheduleKind automatic;
  gboolean         other;
  double           eta;
} Sampler;

#define DISCRETE LIMN_SCHEDULE_DISCRETE
#define KARRAS LIMN_SCHEDULE_KARRAS
#define EXPONENTIAL LIMN_SCHEDULE_EXPONENTIAL
#define DDIM LIMN_SCHEDULE_DDIM_UNIFORM

/* Sources: the lists of AUTOMATIC1111 1.10, ComfyUI, InvokeAI 2 to 5, stable-diffusion.cpp. */
static const Sampler samplers[] = {
  { "euler", LIMN_SAMPLER_EULER, DISCRETE, FALSE, -1 },
  { "eulera", LIMN_SAMPLER_EULER_A, DISCRETE, FALSE, -1 },
  { "eulerancestral", LIMN_SAMPLER_EULER_A, DISCRETE, FALSE, -1 },
  { "eulercfgpp", LIMN_SAMPLER_EULER, DISCRETE, TRUE, -1 },
  { "eulerancestralcfgpp", LIMN_SAMPLER_EULER_A, DISCRETE, TRUE, -1 },
  { "euleracfgpp", LIMN_SAMPLER_EULER_A, DISCRETE, TRUE, -1 },
  { "eulerge", LIMN_SAMPLER_EULER, DISCRETE, TRUE, -1 },
  { "gradientestimation", LIMN_SAMPLER_EULER, DISCRETE, TRUE, -1 },
  { "heun", LIMN_SAMPLER_HEUN, DISCRETE, FALSE, -1 },
  { "heunpp2", LIMN_SAMPLER_HEUN, DISCRETE, TRUE, -1 },
  { "restart", LIMN_SAMPLER_HEUN, KARRAS, TRUE, -1 },
  { "lms", LIMN_SAMPLER_LMS, DISCRETE, FALSE, -1 },
  { "dpm2", LIMN_SAMPLER_DPM2, KARRAS, FALSE, -1 },
  { "kdpm2", LIMN_SAMPLER_DPM2, KARRAS, FALSE, -1 },
  { "dpm2a", LIMN_SAMPLER_DPM2_A, KARRAS, FALSE, -1 },
  { "kdpm2a", LIMN_SAMPLER_DPM2_A, KARRAS, FALSE, -1 },
  { "dpm2ancestral", LIMN_SAMPLER_DPM2_A, KARRAS, FALSE, -1 },
  { "dpmpp2s", LIMN_SAMPLER_DPMPP_2S_A, KARRAS, FALSE, 0 },
  { "res2s", LIMN_SAMPLER_DPMPP_2S_A, KARRAS, TRUE, 0 },
  { "dpmpp2sa", LIMN_SAMPLER_DPMPP_2S_A, KARRAS, FALSE, -1 },
  { "dpmpp2sancestral", LIMN_SAMPLER_DPMPP_2S_A, KARRAS, FALSE, -1 },
  { "dpmpp2sancestralcfgpp", LIMN_SAMPLER_DPMPP_2S_A, KARRAS, TRUE, -1 },
  { "dpmpp2", LIMN_SAMPLER_DPMPP_2M, KARRAS, FALSE, -1 },
  { "dpmpp2m", LIMN_SAMPLER_DPMPP_2M, KARRAS, FALSE, -1 },
  { "dpmpp2mv2", LIMN_SAMPLER_DPMPP_2M, KARRAS, TRUE, -1 },
  { "dpmpp2mcfgpp", LIMN_SAMPLER_DPMPP_2M, KARRAS, TRUE, -1 },
  { "dpmfast", LIMN_SAMPLER_DPMPP_2M, KARRAS, TRUE, -1 },
  { "dpmadaptive", LIMN_SAMPLER_DPMPP_2M, KARRAS, TRUE, -1 },
  { "resmultistep", LIMN_SAMPLER_DPMPP_2M, KARRAS, TRUE, -1 },
  { "resmultistepcfgpp", LIMN_SAMPLER_DPMPP_2M, KARRAS, TRUE, -1 },
  { "resmultistepancestral", LIMN_SAMPLER_DPMPP_2M_SDE, KARRAS, TRUE, -1 },
  { "ipndm", LIMN_SAMPLER_LMS, DISCRETE, TRUE, -1 },
  { "ipndmv", LIMN_SAMPLER_LMS, DISCRETE, TRUE, -1 },
  { "deis", LIMN_SAMPLER_DPMPP_2M, DISCRETE, TRUE, -1 },
  { "dpmpp2msde", LIMN_SAMPLER_DPMPP_2M_SDE, EXPONENTIAL, FALSE, -1 },
  { "dpmpp2msdebt", LIMN_SAMPLER_DPMPP_2M_SDE, EXPONENTIAL, FALSE, -1 },
  { "dpmpp2msdegpu", LIMN_SAMPLER_DPMPP_2M_SDE, EXPONENTIAL, FALSE, -1 },
  { "dpmpp2msdeheun", LIMN_SAMPLER_DPMPP_2M_SDE, EXPONENTIAL, TRUE, -1 },
  { "dpmpp2msdeheungpu", LIMN_SAMPLER_DPMPP_2M_SDE, EXPONENTIAL, TRUE, -1 },
  { "dpmpp3m", LIMN_SAMPLER_DPMPP_3M_SDE, EXPONENTIAL, TRUE, 0 },
  { "dpmpp3msde", LIMN_SAMPLER_DPMPP_3M_SDE, EXPONENTIAL, FALSE, -1 },
  { "dpmpp3msdegpu", LIMN_SAMPLER_DPMPP_3M_SDE, EXPONENTIAL, FALSE, -1 },
  { "ersde", LIMN_SAMPLER_DPMPP_3M_SDE, EXPONENTIAL, TRUE, -1 },
  { "sasolver", LIMN_SAMPLER_DPMPP_3M_SDE, EXPONENTIAL, TRUE, -1 },
  { "dpmppsde", LIMN_SAMPLER_DPMPP_SDE, KARRAS, FALSE, -1 },
  { "dpmppsdegpu", LIMN_SAMPLER_DPMPP_SDE, KARRAS, FALSE, -1 },
  { "seeds2", LIMN_SAMPLER_DPMPP_SDE, KARRAS, TRUE, -1 },
  { "seeds3", LIMN_SAMPLER_DPMPP_SDE, KARRAS, TRUE, -1 },
  { "ddpm", LIMN_SAMPLER_DDPM, LIMN_SCHEDULE_MODEL, FALSE, -1 },
  { "ddim", LIMN_SAMPLER_DDIM, DDIM, FALSE, -1 },
  { "ddimcfgpp", LIMN_SAMPLER_DDIM, DDIM, TRUE, -1 },
  { "plms", LIMN_SAMPLER_PLMS, DDIM, FALSE, -1 },
  { "pndm", LIMN_SAMPLER_PLMS, LIMN_SCHEDULE_MODEL, FALSE, -1 },
  { "unipc", LIMN_SAMPLER_UNIPC, DDIM, FALSE, -1 },
  { "unipcbh2", LIMN_SAMPLER_UNIPC, DDIM, FALSE, -1 },
  { "lcm", LIMN_SAMPLER_LCM, LIMN_SCHEDULE_TRAILING, FALSE, -1 },
  { "tcd", LIMN_SAMPLER_LCM, LIMN_SCHEDULE_TRAILING, TRUE, -1 },
};

static const struct
{
  const char      *name;
  LimnScheduleKind kind;
  gboolean         other;
} schedules[] = {
  { "karras", KARRAS, FALSE },
  { "ka", KARRAS, FALSE },
  { "k", KARRAS, FALSE },
  { "exponential", EXPONENTIAL, FALSE },
  { "polyexponential", EXPONENTIAL, FALSE }, /* with its exponent of 1, which is what everybody has */
  { "sgmuniform", LIMN_SCHEDULE_SGM_UNIFORM, FALSE },
  { "normal", DISCRETE, FALSE },
  { "discrete", DISCRETE, FALSE },
  { "uniform", DISCRETE, FALSE },
  { "default", DISCRETE, FALSE },
  { "simple", LIMN_SCHEDULE_TRAILING, FALSE }, /* every (1000 / n)-th training timestep from the last on */
  { "trailing", LIMN_SCHEDULE_TRAILING, FALSE },
  { "leading", LIMN_SCHEDULE_LEADING, FALSE },
  { "linspace", LIMN_SCHEDULE_LINSPACE, FALSE },
  { "ddim", DDIM, FALSE },
  { "ddimuniform", DDIM, FALSE },
  { "lcm", LIMN_SCHEDULE_TRAILING, TRUE },
  { "turbo", LIMN_SCHEDULE_TRAILING, FALSE },
  { "alignyoursteps", KARRAS, TRUE },
  { "ays", KARRAS, TRUE },
  { "gits", KARRAS, TRUE },
  { "beta", DISCRETE, TRUE },
  { "linearquadratic", DISCRETE, TRUE },
  { "kloptimal", DISCRETE, TRUE },
  { "smoothstep", DISCRETE, TRUE },
  { "bongtangent", DISCRETE, TRUE },
  { "karrasexponential", KARRAS, TRUE },
  { "tcd", LIMN_SCHEDULE_TRAILING, TRUE },
};

/* Lower case, letters and digits; "+" is "p". */
static char *
reduce (const char *name)
{
  GString *reduced = g_string_new (NULL);

  for (const char *c = name; *c; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (reduced, g_ascii_tolower (*c));
    else if (*c == '+')
      g_string_append_c (reduced, 'p');
  return g_string_free (reduced, FALSE);
}

static gint
find_schedule (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (schedules); i++)
    if (g_str_equal (schedules[i].name, name))
      return i;
  return -1;
}

/* The longest sampler that @name begins with and that leaves a schedule or nothing.
 * (out) @schedule: -1 where nothing is left */
static const Sampler *
find_sampler (const char *name, gint *schedule)
{
  g_autofree char *reduced = reduce (name);
  const char *start = reduced;
  const Sampler *found = NULL;

  *schedule = -1;
  for (guint attempt = 0; attempt < 2 && !found; attempt++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (samplers); i++)
        {
          gsize length = strlen (samplers[i].name);
          gint rest;

          if (!g_str_has_prefix (start, samplers[i].name) || (found && strlen (found->name) > length))
            continue;
          rest = start[length] ? find_schedule (start + length) : -1;
          if (start[length] && rest < 0)
            continue;
          found = &samplers[i];
          *schedule = rest;
        }
      /* "k_euler_a", of InvokeAI 2 and k-diffusion. */
      if (*start != 'k')
        break;
      start++;
    }
  return found;
}

/* What a program means that names no schedule. */
static LimnScheduleKind
unnamed_schedule (const LimnImportFound *found, const Sampler *sampler)
{
  switch (found->origin)
    {
    case LIMN_IMPORT_LIMN:
    case LIMN_IMPORT_INVOKEAI:
      return LIMN_SCHEDULE_MODEL;
    case LIMN_IMPORT_SDCPP:
      return DISCRETE;
    case LIMN_IMPORT_KRITA:
      /* Its presets: Karras for the DPM++ family, "normal" for all others. */
      return g_str_has_prefix (sampler->name, "dpmpp") ? KARRAS : DISCRETE;
    case LIMN_IMPORT_NOBODY:
    case LIMN_IMPORT_A1111:
    case LIMN_IMPORT_COMFYUI:
    case LIMN_IMPORT_FOOOCUS:
    case LIMN_IMPORT_FLUX2C:
    case LIMN_IMPORT_PARAMETERS:
    default:
      return sampler->automatic;
    }
}

static void
apply_schedule (LimnImportFound *found, LimnRequest *request, const Sampler *sampler, gint joined)
{
  g_autofree char *reduced = found->schedule ? reduce (found->schedule) : g_strdup ("");
  g_autofree char *shown = found->schedule ? limn_import_dup_shown (found->schedule) : NULL;
  gint index = *reduced ? find_schedule (reduced) : -1;

  if (index < 0 && joined >= 0)
    {
      g_free (shown);
      shown = g_strdup (schedules[joined].name);
      index = joined;
    }
  if (index >= 0)
    {
      request->schedule = schedules[index].kind;
      if (schedules[index].other)
        /* Translators: names of schedules, as "beta" and "Karras". */
        limn_import_note (found, _("Limn does not have the schedule “%s”; “%s” takes its place, so that details will "
                                   "differ."), shown,
                          limn_schedule_kind_get_name (request->schedule));
      return;
    }
  request->schedule = sampler ? unnamed_schedule (found, sampler) : LIMN_SCHEDULE_MODEL;
  if (*reduced && !g_str_equal (reduced, "automatic"))
    limn_import_note (found, _("Limn does not know the schedule “%s”; “%s” takes its place, so that details will "
                               "differ."), shown,
                      limn_schedule_kind_get_name (request->schedule));
}

/* k-diffusion draws their noise from a Brownian tree (see limn_sampler_new()). */
static gboolean
has_brownian_noise (LimnSamplerKind kind)
{
  return kind == LIMN_SAMPLER_DPMPP_SDE || kind == LIMN_SAMPLER_DPMPP_2M_SDE || kind == LIMN_SAMPLER_DPMPP_3M_SDE;
}

void
limn_import_apply_sampler (LimnImportFound *found, LimnRequest *request)
{
  g_autofree char *shown = NULL;
  const Sampler *sampler;
  const char *dash;
  gint joined;

  if (!found->sampler)
    {
      if (found->schedule)
        apply_schedule (found, request, NULL, -1);
      return;
    }
  shown = limn_import_dup_shown (found->sampler);
  sampler = find_sampler (found->sampler, &joined);
  /* Krita names a preset: "Default - DPM++ 2M". */
  dash = strstr (found->sampler, " - ");
  if (!sampler && dash)
    sampler = find_sampler (dash + 3, &joined);
  if (!sampler)
    {
      limn_import_note (found, _("Limn does not know the sampler “%s”; the model's own is used, so that another picture "
                                 "will come out."),
                        shown);
      apply_schedule (found, request, NULL, -1);
      return;
    }

  request->sampler = sampler->kind;
  request->open &= ~LIMN_REQUEST_OPEN_SAMPLER;
  if (sampler->eta >= 0)
    found->eta = sampler->eta;
  if (sampler->other)
    /* Translators: names of samplers, as "DPM adaptive" and "DPM++ 2M". */
    limn_import_note (found, _("Limn does not have the sampler “%s”; “%s” takes its place, so that another picture will "
                               "come out."),
                      shown, limn_sampler_get_facts (sampler->kind)->display_name);
  else if (found->origin != LIMN_IMPORT_LIMN && has_brownian_noise (sampler->kind) && sampler->eta != 0)
    limn_import_note (found, _("The sampler “%s” draws its noise in another way here, so that another picture will come "
                               "out."),
                      limn_sampler_get_facts (sampler->kind)->display_name);
  /* stable-diffusion.cpp's "ddim_trailing" is a sampler by that name. */
  apply_schedule (found, request, sampler, joined);
}
