/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * ComfyUI's graph ("prompt", the form it is queued in): nodes by id, each with a class and inputs, which are values or links
 * [id, output]. From the nodes that save pictures the links are followed back to the passes; of these the one that begins with an
 * empty latent is taken, and from it the links to prompts, model and size.
 *
 * The graph is a stranger's: it may have circles, and a picture's worth of nodes. Every walk is a queue over nodes each of which
 * is entered once; where a walk has to come back (a text that is put together), its depth and all steps are counted.
 */
#include "config.h"

#include "session/limn-import-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Links that are followed for one value or one text; the longest seen in the wild are 6. */
#define MAX_DEPTH 24

/* Nodes entered for all texts together. */
#define MAX_STEPS 4096

typedef struct
{
  LimnImportFound *found;
  json_t          *root;
  guint            n_steps;
} Graph;

static const json_t *
get_inputs (const json_t *node)
{
  return json_object_get (node, "inputs");
}

static const char *
get_class (const json_t *node)
{
  const char *name = json_string_value (json_object_get (node, "class_type"));

  return name ? name : "";
}

static gboolean
class_has (const json_t *node, const char *part)
{
  return strstr (get_class (node), part) != NULL;
}

/* The node that a link leads to, or NULL where @value is no link.
 * (out) (optional) @output: which of its outputs */
static const json_t *
follow (const Graph *graph, const json_t *value, guint *output)
{
  const json_t *id = json_array_get (value, 0);
  const json_t *slot = json_array_get (value, 1);
  const json_t *node = NULL;

  if (json_array_size (value) != 2 || !json_is_integer (slot))
    return NULL;
  if (json_is_string (id))
    node = json_object_get (graph->root, json_string_value (id));
  else if (json_is_integer (id))
    {
      char key[24];

      g_snprintf (key, sizeof key, "%" G_GINT64_FORMAT, (gint64) json_integer_value (id));
      node = json_object_get (graph->root, key);
    }
  if (output)
    *output = CLAMP (json_integer_value (slot), 0, 1000);
  return json_is_object (node) ? node : NULL;
}

static const json_t *
follow_input (const Graph *graph, const json_t *node, const char *key, guint *output)
{
  return follow (graph, json_object_get (get_inputs (node), key), output);
}

/* What stands at an input, also where a node in between only hands a value on (primitives, reroutes, "Seed Everywhere"). */
static const json_t *
get_value (const Graph *graph, const json_t *node, const char *key)
{
  static const char *const names[] = { "value", "seed", "noise_seed", "int", "float", "number", "string", "text", "Value" };
  const json_t *value = json_object_get (get_inputs (node), key);

  for (guint depth = 0; depth < MAX_DEPTH; depth++)
    {
      const json_t *next = follow (graph, value, NULL);

      if (!next)
        return json_is_array (value) || json_is_object (value) ? NULL : value;
      value = NULL;
      for (guint i = 0; i < G_N_ELEMENTS (names) && !value; i++)
        value = json_object_get (get_inputs (next), names[i]);
      /* A node of one input, whatever it is called, hands that on. */
      if (!value && json_object_size (get_inputs (next)) == 1)
        value = json_object_iter_value (json_object_iter ((json_t *) get_inputs (next)));
    }
  return NULL;
}

static void
take_number (const Graph *graph, const json_t *node, const char *key, double *value)
{
  limn_import_number_of (get_value (graph, node, key), value);
}

static void
take_text (const Graph *graph, const json_t *node, const char *key, char **text)
{
  const json_t *value = get_value (graph, node, key);

  if (json_is_string (value))
    limn_import_set (text, json_string_value (value));
}

/* --- Texts --- */

static void collect_text (Graph *graph, const json_t *value, guint depth, GString *text);

/* A node that makes a string, out of others or of its own. */
static void
collect_string_node (Graph *graph, const json_t *node, guint depth, GString *text)
{
  static const char *const names[] = { "populated_text", "text", "string", "value", "prompt", "String", "positive", "result" };
  static const char *const parts[] = { "text_a", "text_b", "text_c", "text_d", "string_a", "string_b", "text1", "text2", "text_1",
                                       "text_2", "string1", "string2", "text1_opt", "prefix", "suffix", "append" };
  const json_t *inputs = get_inputs (node);
  const char *delimiter = json_string_value (json_object_get (inputs, "delimiter"));
  gsize before = text->len;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      const json_t *part = json_object_get (inputs, parts[i]);
      gsize length = text->len;

      if (!part)
        continue;
      if (length > before)
        g_string_append (text, delimiter ? delimiter : " ");
      collect_text (graph, part, depth + 1, text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (names) && text->len == before; i++)
    if (json_object_get (inputs, names[i]))
      collect_text (graph, json_object_get (inputs, names[i]), depth + 1, text);
}

static void
collect_text (Graph *graph, const json_t *value, guint depth, GString *text)
{
  const json_t *node;

  if (depth > MAX_DEPTH || graph->n_steps++ > MAX_STEPS || text->len > LIMN_PROMPT_MAX_BYTES)
    return;
  if (json_is_string (value))
    {
      g_string_append (text, json_string_value (value));
      return;
    }
  node = follow (graph, value, NULL);
  if (node)
    collect_string_node (graph, node, depth, text);
}

/* LoraLoader has both strengths, LoraLoaderModelOnly leaves the text encoder as it is. */
static void
take_lora (const Graph *graph, const json_t *node)
{
  double strength = NAN, text_strength = class_has (node, "ModelOnly") ? 0 : NAN;

  take_number (graph, node, "strength_model", &strength);
  take_number (graph, node, "strength_clip", &text_strength);
  limn_import_add_lora (graph->found, json_string_value (get_value (graph, node, "lora_name")), strength, text_strength);
}

static void
take_clip (Graph *graph, const json_t *node)
{
  GHashTable *seen = g_hash_table_new (NULL, NULL);

  for (node = follow_input (graph, node, "clip", NULL); node && g_hash_table_add (seen, (gpointer) node);
       node = follow_input (graph, node, "clip", NULL))
    {
      double layer = -1;

      if (class_has (node, "CLIPSetLastLayer"))
        {
          take_number (graph, node, "stop_at_clip_layer", &layer);
          graph->found->clip_skip = MAX (graph->found->clip_skip, -layer);
        }
      if (class_has (node, "Lora"))
        take_lora (graph, node);
    }
  g_hash_table_unref (seen);
}

/* The words behind a link of kind conditioning. Each node is entered once a walk.
 * (inout) @n: texts put together */
static void
collect_conditioning (Graph *graph, const json_t *link, GHashTable *seen, guint depth, GString *text, guint *n)
{
  static const char *const names[] = { "conditioning", "conditioning_1", "conditioning_2", "conditioning_to", "conditioning_from",
                                       "conditioning1", "conditioning2", "cond1", "cond2" };
  guint output = 0;
  const json_t *node = follow (graph, link, &output);
  const json_t *inputs = get_inputs (node);

  if (!node || depth > MAX_DEPTH || graph->n_steps++ > MAX_STEPS)
    return;
  /* A node with two ways through it, as ControlNetApplyAdvanced, is two: the pointers differ by one. */
  if (!g_hash_table_add (seen, (char *) node + (output == 1 ? 1 : 0)))
    return;

  if (class_has (node, "ControlNet"))
    limn_import_note_control (graph->found);
  if (class_has (node, "ZeroOut"))
    return;
  if (class_has (node, "unCLIP") || class_has (node, "IPAdapter") || class_has (node, "StyleModel"))
    limn_import_note_adapter (graph->found);

  if (json_object_get (inputs, "text") || json_object_get (inputs, "text_g"))
    {
      const json_t *words = json_object_get (inputs, json_object_get (inputs, "text") ? "text" : "text_g");
      g_autoptr(GString) one = g_string_new (NULL);

      collect_text (graph, words, 0, one);
      take_clip (graph, node);
      if (one->len == 0)
        return;
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", one->str);
      *n += 1;
      return;
    }
  if (json_object_get (inputs, "positive") && json_object_get (inputs, "negative"))
    {
      collect_conditioning (graph, json_object_get (inputs, output == 1 ? "negative" : "positive"), seen, depth + 1, text, n);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    collect_conditioning (graph, json_object_get (inputs, names[i]), seen, depth + 1, text, n);
}

static void
take_prompt (Graph *graph, const json_t *link, char **prompt)
{
  GHashTable *seen = g_hash_table_new (NULL, NULL);
  g_autoptr(GString) text = g_string_new (NULL);
  guint n = 0;

  collect_conditioning (graph, link, seen, 0, text, &n);
  limn_import_set (prompt, text->str);
  if (n > 1)
    limn_import_note (graph->found, _("Several prompts were mixed, or each had a place in the picture; here their words "
                                      "stand in one prompt."));
  g_hash_table_unref (seen);
}

/* --- Model --- */

static void
take_model (Graph *graph, const json_t *sampler)
{
  GHashTable *seen = g_hash_table_new (NULL, NULL);
  const json_t *node = follow_input (graph, sampler, "model", NULL);

  while (node && g_hash_table_add (seen, (gpointer) node))
    {
      const json_t *inputs = get_inputs (node);

      if (json_object_get (inputs, "ckpt_name"))
        take_text (graph, node, "ckpt_name", &graph->found->model);
      else if (json_object_get (inputs, "unet_name"))
        take_text (graph, node, "unet_name", &graph->found->model);
      else if (json_object_get (inputs, "lora_name"))
        take_lora (graph, node);
      else if (class_has (node, "IPAdapter"))
        limn_import_note_adapter (graph->found);
      else if (class_has (node, "RescaleCFG"))
        take_number (graph, node, "multiplier", &graph->found->rescale);
      else if (class_has (node, "ModelSamplingDiscrete"))
        {
          const char *sampling = json_string_value (get_value (graph, node, "sampling"));

          graph->found->has_prediction = TRUE;
          if (g_strcmp0 (sampling, "v_prediction") == 0)
            graph->found->prediction = LIMN_PREDICTION_V;
          else if (g_strcmp0 (sampling, "eps") == 0)
            graph->found->prediction = LIMN_PREDICTION_EPSILON;
          else
            graph->found->has_prediction = FALSE;
        }
      else
        {
          g_autofree char *shown = limn_import_dup_shown (get_class (node));

          /* Translators: name of a node in ComfyUI's graph, as "FreeU". */
          limn_import_note (graph->found, _("ComfyUI changed the model on the way (“%s”); Limn takes it as it is."), shown);
        }
      node = follow_input (graph, node, "model", NULL);
    }
  g_hash_table_unref (seen);
}

/* --- Passes --- */

/* Anything that has steps and a sampler of its own, or gets them as parts: KSampler and its many kin. */
static gboolean
is_sampler (const json_t *node)
{
  const json_t *inputs = get_inputs (node);

  if (!json_object_get (inputs, "latent_image") && !json_object_get (inputs, "latent"))
    return FALSE;
  return (json_object_get (inputs, "sampler_name") && json_object_get (inputs, "steps")) ||
         (json_object_get (inputs, "sampler") && json_object_get (inputs, "sigmas"));
}

typedef enum
{
  START_UNKNOWN,
  START_EMPTY,
  START_PICTURE,
  START_MASK,
  START_PASS, /* another pass came before */
} Start;

/* Where a pass begins.
 * (out) @empty: the node with the size */
static Start
find_start (const Graph *graph, const json_t *sampler, const json_t **empty)
{
  static const char *const names[] = { "latent_image", "latent", "samples", "optional_latent", "latents", "latent1", "pixels" };
  GHashTable *seen = g_hash_table_new (NULL, NULL);
  const json_t *node = sampler;
  Start start = START_UNKNOWN;

  *empty = NULL;
  while (g_hash_table_add (seen, (gpointer) node))
    {
      const json_t *next = NULL;

      for (guint i = 0; i < G_N_ELEMENTS (names) && !next; i++)
        next = follow_input (graph, node, names[i], NULL);
      if (!next)
        break;
      node = next;
      if (is_sampler (node))
        {
          start = START_PASS;
          break;
        }
      if (class_has (node, "Inpaint") || class_has (node, "SetLatentNoiseMask"))
        start = START_MASK;
      else if ((class_has (node, "VAEEncode") || class_has (node, "LoadLatent")) && start != START_MASK)
        start = START_PICTURE;
      else if (class_has (node, "Empty") && json_object_get (get_inputs (node), "width"))
        {
          start = START_EMPTY;
          *empty = node;
          break;
        }
    }
  g_hash_table_unref (seen);
  return start;
}

/* Breadth first from the nodes that save pictures, else from all. (transfer container): the passes, the last one first. */
static GPtrArray *
find_samplers (const Graph *graph)
{
  GPtrArray *samplers = g_ptr_array_new ();
  GHashTable *seen = g_hash_table_new (NULL, NULL);
  GQueue queue = G_QUEUE_INIT;
  const char *id;
  json_t *node;

  json_object_foreach (graph->root, id, node)
    if (class_has (node, "SaveImage") && g_hash_table_add (seen, node))
      g_queue_push_tail (&queue, node);
  if (g_queue_is_empty (&queue))
    json_object_foreach (graph->root, id, node)
      if ((class_has (node, "Save") || class_has (node, "Preview")) && g_hash_table_add (seen, node))
        g_queue_push_tail (&queue, node);
  while (!g_queue_is_empty (&queue))
    {
      const json_t *next = g_queue_pop_head (&queue);
      const char *key;
      json_t *value;

      if (is_sampler (next))
        g_ptr_array_add (samplers, (gpointer) next);
      json_object_foreach ((json_t *) get_inputs (next), key, value)
        {
          const json_t *source = follow (graph, value, NULL);

          if (source && g_hash_table_add (seen, (gpointer) source))
            g_queue_push_tail (&queue, (gpointer) source);
        }
    }
  if (samplers->len == 0)
    json_object_foreach (graph->root, id, node)
      if (is_sampler (node))
        g_ptr_array_add (samplers, node);
  g_hash_table_unref (seen);
  return samplers;
}

static void
take_seed (const Graph *graph, const json_t *node, const char *key)
{
  if (!graph->found->has_seed)
    graph->found->has_seed = limn_import_seed_of (get_value (graph, node, key), &graph->found->seed);
}

/* SamplerCustom and SamplerCustomAdvanced: each part is a node of its own. */
static void
take_parts (Graph *graph, const json_t *sampler)
{
  LimnImportFound *found = graph->found;
  const json_t *noise = follow_input (graph, sampler, "noise", NULL);
  const json_t *guider = follow_input (graph, sampler, "guider", NULL);
  const json_t *kind = follow_input (graph, sampler, "sampler", NULL);
  const json_t *sigmas = follow_input (graph, sampler, "sigmas", NULL);

  take_seed (graph, sampler, "noise_seed");
  take_seed (graph, noise, "noise_seed");
  if (guider)
    {
      take_number (graph, guider, "cfg", &found->cfg);
      take_model (graph, guider);
      take_prompt (graph, json_object_get (get_inputs (guider), json_object_get (get_inputs (guider), "positive") ? "positive"
                                                                                                                : "conditioning"),
                   &found->prompt);
      take_prompt (graph, json_object_get (get_inputs (guider), "negative"), &found->negative);
      if (class_has (guider, "BasicGuider"))
        found->cfg = 1;
    }
  take_text (graph, kind, "sampler_name", &found->sampler);
  if (!found->sampler && g_str_has_prefix (get_class (kind), "Sampler"))
    limn_import_set (&found->sampler, get_class (kind) + strlen ("Sampler"));
  take_number (graph, kind, "eta", &found->eta);
  take_number (graph, sigmas, "steps", &found->steps);
  take_text (graph, sigmas, "scheduler", &found->schedule);
  if (!found->schedule && class_has (sigmas, "Scheduler"))
    {
      /* "KarrasScheduler", "ExponentialScheduler". */
      g_autofree char *name = g_strndup (get_class (sigmas), strstr (get_class (sigmas), "Scheduler") - get_class (sigmas));

      limn_import_set (&found->schedule, name);
    }
}

static void
take_sampler (Graph *graph, const json_t *sampler)
{
  LimnImportFound *found = graph->found;
  const json_t *inputs = get_inputs (sampler);
  double from = 0;

  take_seed (graph, sampler, "seed");
  take_seed (graph, sampler, "noise_seed");
  take_number (graph, sampler, "steps", &found->steps);
  take_number (graph, sampler, "cfg", &found->cfg);
  take_text (graph, sampler, "sampler_name", &found->sampler);
  take_text (graph, sampler, "scheduler", &found->schedule);
  take_model (graph, sampler);
  take_prompt (graph, json_object_get (inputs, "positive"), &found->prompt);
  take_prompt (graph, json_object_get (inputs, "negative"), &found->negative);
  take_parts (graph, sampler);
  take_number (graph, sampler, "start_at_step", &from);
  if (from > 0)
    limn_import_note (found, _("This pass began in the middle, at step %.0f; here all steps are done."), MIN (from,
                               LIMN_STEPS_MAX));
}

static void
take_start (Graph *graph, const json_t *sampler, Start start, const json_t *empty)
{
  LimnImportFound *found = graph->found;
  double pictures = 1, strength = NAN;

  take_number (graph, sampler, "denoise", &strength);
  if (start == START_MASK)
    {
      limn_import_note_mask (found);
      limn_import_take_start (found, strength);
    }
  else if (start == START_PICTURE || start == START_PASS)
    {
      limn_import_note_start (found);
      if (start == START_PICTURE)
        limn_import_take_start (found, strength);
    }
  if (!empty)
    return;
  take_number (graph, empty, "width", &found->width);
  take_number (graph, empty, "height", &found->height);
  take_number (graph, empty, "batch_size", &pictures);
  if (pictures > 1)
    limn_import_note (found, _("It is one of %.0f pictures painted at once, and it does not say which; the first of "
                               "them comes out."),
                      MIN (pictures, LIMN_REQUEST_MAX_BATCH));
}

gboolean
limn_import_read_comfy (LimnImportFound *found, const char *text)
{
  Graph graph = { .found = found, .root = limn_import_parse_json (text) };
  g_autoptr(GPtrArray) samplers = NULL;
  const json_t *chosen = NULL;
  const json_t *empty = NULL;
  Start start = START_UNKNOWN;
  const char *id;
  json_t *node;

  if (!graph.root)
    return FALSE;
  samplers = find_samplers (&graph);
  for (guint i = 0; i < samplers->len && start != START_EMPTY && i < LIMN_IMPORT_MAX_NOTES; i++)
    {
      const json_t *node_empty;
      Start node_start = find_start (&graph, g_ptr_array_index (samplers, i), &node_empty);

      if (!chosen || node_start == START_EMPTY || (start == START_PASS && node_start != START_PASS))
        {
          chosen = g_ptr_array_index (samplers, i);
          start = node_start;
          empty = node_empty;
        }
    }
  if (!chosen)
    {
      json_decref (graph.root);
      return FALSE;
    }

  found->known = TRUE;
  found->origin = LIMN_IMPORT_COMFYUI;
  found->has_rng = TRUE;
  found->rng = LIMN_NOISE_CPU;
  found->brackets_are_text = TRUE;
  if (samplers->len > 1)
    limn_import_note (found, _("It was painted in %u passes; the first one is taken over, in its size."), samplers->len);
  take_sampler (&graph, chosen);
  take_start (&graph, chosen, start, empty);
  json_object_foreach (graph.root, id, node)
    if (class_has (node, "UpscaleModel") || class_has (node, "FaceDetailer"))
      /* Translators: “Enlarge and restore” is the name of a part of the settings. */
      limn_import_note (found, _("It was enlarged or repaired afterwards, which is not repeated here. The finished picture can be enlarged under "
                                 "“Enlarge and restore”."));
  if ((found->prompt && strchr (found->prompt, '(')) || (found->negative && strchr (found->negative, '(')))
    limn_import_note (found, _("ComfyUI weighs words, as in (word:1.2), a little otherwise; the picture will differ "
                               "where it does."));
  json_decref (graph.root);
  return TRUE;
}
