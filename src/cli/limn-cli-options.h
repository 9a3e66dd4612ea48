/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/limn-cli-make.h"
#include "library/limn-stash.h"
#include "session/limn-resources.h"

G_BEGIN_DECLS

/**
 * LimnCliOptions: what every command that paints takes, as it was given; NULL or FALSE where it was not
 *
 * Every string is raw bytes: GOption would refuse UTF-8 in the C locale.
 */
typedef struct
{
  char    *negative;
  char    *seed;
  char    *variation_seed;
  char    *variation_strength;
  char    *seed_size;
  char    *steps;
  char    *sampler;
  char    *schedule;
  char    *eta;
  char    *cfg;
  char    *cfg_rescale;
  char    *syntax;
  char    *clip_skip;
  char    *prediction;
  char    *model;
  char    *vae;
  char    *family;
  char   **models;
  char   **loras;
  char    *rng;
  char    *precision;
  char    *device;
  char    *tile;
  char    *overlap;
  gboolean embed;
  char    *queue;
  gboolean dry_run;
  char    *output;
  char    *progress;
} LimnCliOptions;

void          limn_cli_options_clear (LimnCliOptions       *options);

/** LimnCliWatching: how a picture is watched and kept while it is painted, which is not part of what it is; as it was given. */
typedef struct
{
  char    *frames;
  char    *preview;
  char    *preview_every;
  gboolean preview_half;
  char    *latents;
  char    *checkpoint;
} LimnCliWatching;

void          limn_cli_watching_clear (LimnCliWatching       *watching);

/** limn_cli_watching_fill: what of it stands in a request. LIMN_ERROR_INVALID. */
gboolean      limn_cli_watching_fill  (const LimnCliWatching *watching,
                                       LimnRequest           *request,
                                       GError               **error);

/**
 * limn_cli_options_list:
 * @watching: (nullable): its options too
 * @onward: for what goes on from another picture, of which model, seed and the like are settled: these are taken, but not listed; see
 *   limn_cli_options_check_onward()
 * @own: (nullable): those of the command itself, ended by an empty one; they come first
 *
 * Returns: (transfer container): all of them, for limn_cli_parse()
 */
GOptionEntry *limn_cli_options_list  (LimnCliOptions       *options,
                                      LimnCliWatching      *watching,
                                      gboolean              onward,
                                      const GOptionEntry   *own);

/** limn_cli_options_check_onward: LIMN_ERROR_INVALID where one was given that is settled. */
gboolean      limn_cli_options_check_onward (const LimnCliOptions *options,
                                      GError              **error);

/** limn_cli_options_find: the first of those that say what the picture is and was given, as "--seed"; NULL: none was. */
const char   *limn_cli_options_find  (const LimnCliOptions *options);

/**
 * limn_cli_options_fill:
 *
 * What no option names keeps what @request has. Fails with LIMN_ERROR_INVALID.
 */
gboolean      limn_cli_options_fill  (const LimnCliOptions *options,
                                      LimnRequest          *request,
                                      GError              **error);

/** limn_cli_options_fill_onward: the same for a @request with a branch, whose model and seeds stay; what another sampler needs is left open. */
gboolean      limn_cli_options_fill_onward (const LimnCliOptions *options,
                                      LimnRequest          *request,
                                      GError              **error);

/**
 * limn_cli_options_dup_resources:
 *
 * What names stand for in the folders of --models, and of what comes with Limn. LIMN_ERROR_INVALID for a folder that is not there.
 */
LimnResources *limn_cli_options_dup_resources (const LimnCliOptions *options,
                                      GError              **error);

/**
 * limn_cli_options_paint:
 * @command: for errors of usage
 * @stash: what @request is made from
 * @trajectory: (nullable): of this picture, to go on from
 *
 * Puts @request into the queue if that was asked for, else makes its pictures. @make has everything but what stands in @options.
 * Returns a LimnCliExit.
 */
int           limn_cli_options_paint (const LimnCliOptions *options,
                                      const char           *command,
                                      LimnCliMake          *make,
                                      const LimnRequest    *request,
                                      LimnStash            *stash,
                                      GBytes               *trajectory);

/** limn_cli_any_seed: 32 bits: all that PyTorch's generator looks at, and a number that people can copy. */
guint64       limn_cli_any_seed      (void);

/** limn_cli_parse_count: without @text what stands in *value stays. */
gboolean      limn_cli_parse_count   (const char           *option,
                                      const char           *text,
                                      guint                *value,
                                      GError              **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnCliOptions, limn_cli_options_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnCliWatching, limn_cli_watching_clear)

G_END_DECLS
