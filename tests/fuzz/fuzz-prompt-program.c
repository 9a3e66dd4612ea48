/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte chooses the side, the second the number of steps, the rest is a prompt. Whatever it holds: what is said at a step is text of the
 * prompt in its order, every byte where the map says it is; a step that is no change says what the one before it said; and the prompt reader
 * takes it. */
#include "config.h"

#include "formats/limn-prompt-program.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);

static char *
check_step (const LimnPromptProgram *program, guint part, guint step, guint n_steps, const char *prompt)
{
  g_autoptr(GArray) source = g_array_new (FALSE, FALSE, sizeof (guint32));
  char *text = limn_prompt_program_dup_text (program, part, step, n_steps, source);
  gsize length = strlen (text);

  if (source->len != length || !g_utf8_validate (text, length, NULL))
    g_abort ();
  for (gsize i = 0; i < length; i++)
    if (prompt[g_array_index (source, guint32, i)] != text[i] ||
        (i > 0 && g_array_index (source, guint32, i) <= g_array_index (source, guint32, i - 1)))
      g_abort ();
  return text;
}

static void
check (const LimnPromptProgram *program, guint n_steps, const char *prompt)
{
  g_autoptr(GArray) changes = limn_prompt_program_list_changes (program, n_steps);
  guint n_parts = limn_prompt_program_get_n_parts (program);

  if (n_parts < 1 || n_parts > LIMN_PROMPT_MAX_PARTS || changes->len > n_steps || g_array_index (changes, guint, 0) != 1)
    g_abort ();
  for (guint part = 0; part < n_parts; part++)
    {
      g_autofree char *before = NULL;
      guint next = 0;

      if (!isfinite (limn_prompt_program_get_weight (program, part)))
        g_abort ();
      for (guint step = 1; step <= n_steps; step++)
        {
          char *now = check_step (program, part, step, n_steps, prompt);
          gboolean is_change = next < changes->len && g_array_index (changes, guint, next) == step;

          next += is_change;
          if (!is_change && strcmp (now, before) != 0)
            g_abort ();
          g_free (before);
          before = now;
        }
      if (next != changes->len)
        g_abort ();
      /* Beyond the last step, as a branch that is cut may ask. */
      g_free (check_step (program, part, n_steps + 1, n_steps, prompt));
    }
  for (guint i = 0; i < limn_prompt_program_get_n_loras (program); i++)
    {
      const LimnPromptLora *lora = limn_prompt_program_get_lora (program, i);

      if (!*lora->name || !isfinite (lora->text_strength) || !isfinite (lora->unet_strength) || prompt[lora->start] != '<' ||
          prompt[lora->end - 1] != '>')
        g_abort ();
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *prompt = NULL;
  g_autoptr(LimnPromptProgram) program = NULL;

  if (size < 2)
    return 0;
  prompt = g_strndup ((const char *) data + 2, size - 2);
  program = limn_prompt_program_new (prompt, data[0] & 2 ? LIMN_PROMPT_PLAIN : LIMN_PROMPT_A1111,
                                     data[0] & 1 ? LIMN_PROMPT_NEGATIVE : LIMN_PROMPT_POSITIVE, NULL);
  if (program)
    check (program, 1 + data[1] % 12, prompt);
  return 0;
}
