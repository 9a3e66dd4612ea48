/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** LIMN_PROMPT_STYLE_HERE: where the artist's own words go in the words of a style, as in AUTOMATIC1111's styles. */
#define LIMN_PROMPT_STYLE_HERE "{prompt}"

/**
 * limn_prompt_style_apply:
 * @style: words of a saved style
 * @prompt: what is in the field
 *
 * The style's words with @prompt at each LIMN_PROMPT_STYLE_HERE; without that mark @prompt comes first, then a comma, then the
 * style. White space at the ends goes, and what is empty brings no comma.
 *
 * Returns: (transfer full)
 */
char *limn_prompt_style_apply (const char *style,
                               const char *prompt);

G_END_DECLS
