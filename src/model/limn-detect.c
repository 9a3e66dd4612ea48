/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* A kind of file is known by the name of some tensor that only it has. The table is gone through from above: what is built out of parts of
 * something else stands before that. Names are those that the projects' own programs write; each row says whose. */

#include "model/limn-detect.h"

#include "base/limn-error.h"
#include "model/limn-shapes.h"

#include <string.h>

typedef enum
{
  MARK_BEGIN, /* a name begins so, maybe behind one of the prefixes below */
  MARK_END,
  MARK_WHOLE,
} MarkKind;

typedef struct
{
  MarkKind         how;
  const char      *text;
  LimnDetectedKind kind;
  const char      *words;
} Mark;

/* Of a network within a file that may hold more. */
static const char * const prefixes[] = { "model.diffusion_model.", "diffusion_model.", "transformer.", "model.", "net." };

static const Mark marks[] = {
  /* LoRAs, before the networks whose names theirs are made of: kohya-ss/sd-scripts, huggingface/peft and diffusers, LyCORIS. */
  { MARK_END, ".lora_down.weight", LIMN_DETECT_LORA, "a LoRA" },
  { MARK_END, ".lora_A.weight", LIMN_DETECT_LORA, "a LoRA" },
  { MARK_END, ".lora.down.weight", LIMN_DETECT_LORA, "a LoRA" },
  { MARK_END, "_lora.down.weight", LIMN_DETECT_LORA, "a LoRA" },
  { MARK_END, ".lora_linear_layer.down.weight", LIMN_DETECT_LORA, "a LoRA" },
  { MARK_END, ".lora_A.default.weight", LIMN_DETECT_LORA, "a LoRA" },
  { MARK_END, ".hada_w1_a", LIMN_DETECT_LORA, "a LoHa" },
  { MARK_END, ".lokr_w1", LIMN_DETECT_LORA, "a LoKr" },
  { MARK_END, ".lokr_w1_a", LIMN_DETECT_LORA, "a LoKr" },
  { MARK_END, ".oft_blocks", LIMN_DETECT_UNKNOWN, "an OFT, which Limn cannot use" },
  { MARK_END, ".oft_diag", LIMN_DETECT_UNKNOWN, "an OFT, which Limn cannot use" },
  { MARK_END, ".on_input", LIMN_DETECT_UNKNOWN, "an (IA)³, which Limn cannot use" },
  /* lllyasviel/ControlNet, diffusers; stabilityai's Control-LoRA stands for itself. */
  { MARK_WHOLE, "lora_controlnet", LIMN_DETECT_UNKNOWN, "a Control-LoRA, which Limn cannot use" },
  { MARK_BEGIN, "control_model.input_hint_block.", LIMN_DETECT_CONTROL, "a ControlNet" },
  { MARK_BEGIN, "input_hint_block.", LIMN_DETECT_CONTROL, "a ControlNet" },
  { MARK_BEGIN, "controlnet_cond_embedding.", LIMN_DETECT_CONTROL, "a ControlNet" },
  { MARK_BEGIN, "controlnet_x_embedder.", LIMN_DETECT_UNKNOWN, "a ControlNet of another kind of model, which Limn cannot use" },
  { MARK_BEGIN, "controlnet_blocks.", LIMN_DETECT_UNKNOWN, "a ControlNet of another kind of model, which Limn cannot use" },
  { MARK_BEGIN, "adapter.body.", LIMN_DETECT_UNKNOWN, "a T2I-Adapter, which Limn cannot use" },
  { MARK_BEGIN, "body.0.resnets.0.block1.", LIMN_DETECT_UNKNOWN, "a T2I-Adapter, which Limn cannot use" },
  { MARK_BEGIN, "ip_adapter.", LIMN_DETECT_UNKNOWN, "an IP-Adapter, which Limn cannot use" },
  { MARK_BEGIN, "image_proj.", LIMN_DETECT_UNKNOWN, "an IP-Adapter, which Limn cannot use" },
  /* Video, whose networks have Stable Diffusion's in them. */
  { MARK_END, ".motion_modules.0.temporal_transformer.norm.weight", LIMN_DETECT_UNKNOWN, "an AnimateDiff motion module, which Limn cannot use" },
  { MARK_BEGIN, "input_blocks.1.0.time_stack.", LIMN_DETECT_UNKNOWN, "a Stable Video Diffusion model, which Limn cannot use" },
  { MARK_BEGIN, "input_blocks.1.1.time_stack.", LIMN_DETECT_UNKNOWN, "a Stable Video Diffusion model, which Limn cannot use" },
  { MARK_BEGIN, "blocks.0.cross_attn.norm_k.", LIMN_DETECT_UNKNOWN, "a Wan model for video, which Limn cannot use" },
  { MARK_BEGIN, "patchify_proj.", LIMN_DETECT_UNKNOWN, "an LTX model for video, which Limn cannot use" },
  { MARK_BEGIN, "txt_in.individual_token_refiner.", LIMN_DETECT_UNKNOWN, "a Hunyuan model for video, which Limn cannot use" },
  /* Other models for pictures. */
  { MARK_BEGIN, "joint_blocks.0.", LIMN_DETECT_UNKNOWN, "a Stable Diffusion 3 model, which Limn cannot use" },
  { MARK_BEGIN, "double_stream_modulation_img.", LIMN_DETECT_UNKNOWN, "a Flux 2 model, which Limn cannot use" },
  { MARK_BEGIN, "distilled_guidance_layer.", LIMN_DETECT_UNKNOWN, "a Chroma model, which Limn cannot use" },
  { MARK_BEGIN, "double_blocks.0.", LIMN_DETECT_UNKNOWN, "a Flux model, which Limn cannot use" },
  { MARK_BEGIN, "single_transformer_blocks.0.", LIMN_DETECT_UNKNOWN, "a Flux model, which Limn cannot use" },
  { MARK_BEGIN, "double_layers.0.", LIMN_DETECT_UNKNOWN, "an AuraFlow model, which Limn cannot use" },
  { MARK_BEGIN, "joint_transformer_blocks.0.", LIMN_DETECT_UNKNOWN, "an AuraFlow model, which Limn cannot use" },
  { MARK_BEGIN, "transformer_blocks.0.img_mod.", LIMN_DETECT_UNKNOWN, "a Qwen-Image model, which Limn cannot use" },
  { MARK_BEGIN, "caption_projection.", LIMN_DETECT_UNKNOWN, "a PixArt or Sana model, which Limn cannot use" },
  { MARK_BEGIN, "t_embedder.mlp.", LIMN_DETECT_UNKNOWN, "a diffusion transformer (PixArt, Hunyuan, Lumina), which Limn cannot use" },
  { MARK_BEGIN, "clip_txt_pooled_mapper.", LIMN_DETECT_UNKNOWN, "a Stable Cascade model, which Limn cannot use" },
  { MARK_BEGIN, "clip_mapper.", LIMN_DETECT_UNKNOWN, "a Stable Cascade model, which Limn cannot use" },
  { MARK_WHOLE, "edm_mean", LIMN_DETECT_UNKNOWN, "a Playground 2.5 model, which is sampled in a way that Limn does not know" },
  { MARK_WHOLE, "edm_vpred.sigma_max", LIMN_DETECT_UNKNOWN, "a model for CosXL sampling, which Limn does not know" },
  /* Stable Diffusion. */
  { MARK_WHOLE, "model.diffusion_model.input_blocks.0.0.weight", LIMN_DETECT_MODEL, "a model" },
  { MARK_WHOLE, "model_ema.diffusion_modelinput_blocks00weight", LIMN_DETECT_MODEL, "a model" },
  { MARK_WHOLE, "input_blocks.0.0.weight", LIMN_DETECT_UNKNOWN, "only the UNet of a model, without text encoder and VAE" },
  { MARK_WHOLE, "diffusion_model.input_blocks.0.0.weight", LIMN_DETECT_UNKNOWN, "only the UNet of a model, without text encoder and VAE" },
  { MARK_BEGIN, "down_blocks.0.resnets.0.", LIMN_DETECT_UNKNOWN,
    "only the UNet of a model in the diffusers layout; open the folder that has a model_index.json in it" },
  /* madebyollin/taesd: its own files, its files for others, diffusers' AutoencoderTiny. */
  { MARK_WHOLE, "taesd_decoder.1.weight", LIMN_DETECT_TAESD, "a TAESD preview decoder" },
  { MARK_WHOLE, "decoder.layers.0.weight", LIMN_DETECT_TAESD, "a TAESD preview decoder" },
  { MARK_WHOLE, "decoder.1.weight", LIMN_DETECT_TAESD, "a TAESD preview decoder" },
  { MARK_WHOLE, "3.conv.4.weight", LIMN_DETECT_TAESD, "a TAESD preview decoder" },
  { MARK_WHOLE, "1.conv.4.weight", LIMN_DETECT_UNKNOWN, "the encoder of a TAESD, which Limn has no use for" },
  { MARK_WHOLE, "decoder.conv_in.weight", LIMN_DETECT_VAE, "a VAE" },
  { MARK_WHOLE, "first_stage_model.decoder.conv_in.weight", LIMN_DETECT_VAE, "a VAE" },
  { MARK_WHOLE, "vae.decoder.conv_in.weight", LIMN_DETECT_VAE, "a VAE" },
  /* Textual inversion: AUTOMATIC1111, SDXL trainers, diffusers. */
  { MARK_WHOLE, "emb_params", LIMN_DETECT_EMBEDDING, "an embedding" },
  { MARK_WHOLE, "clip_l", LIMN_DETECT_EMBEDDING, "an embedding" },
  { MARK_WHOLE, "clip_g", LIMN_DETECT_EMBEDDING, "an embedding" },
  { MARK_BEGIN, "string_to_param.", LIMN_DETECT_EMBEDDING, "an embedding" },
  { MARK_WHOLE, "*", LIMN_DETECT_EMBEDDING, "an embedding" },
  /* Text models and CLIP. */
  { MARK_BEGIN, "model.embed_tokens.", LIMN_DETECT_UNKNOWN, "a language model, which writes text and cannot paint" },
  { MARK_BEGIN, "model.layers.0.self_attn.", LIMN_DETECT_UNKNOWN, "a language model, which writes text and cannot paint" },
  { MARK_BEGIN, "layers.0.self_attn.", LIMN_DETECT_UNKNOWN, "a language model, which writes text and cannot paint" },
  { MARK_WHOLE, "lm_head.weight", LIMN_DETECT_UNKNOWN, "a language model, which writes text and cannot paint" },
  { MARK_WHOLE, "transformer.wte.weight", LIMN_DETECT_UNKNOWN, "a language model, which writes text and cannot paint" },
  { MARK_WHOLE, "token_embd.weight", LIMN_DETECT_UNKNOWN, "a language model, which writes text and cannot paint" },
  { MARK_BEGIN, "encoder.block.0.layer.0.SelfAttention.", LIMN_DETECT_UNKNOWN, "a T5 text encoder, which is a part of other models" },
  { MARK_BEGIN, "vision_model.", LIMN_DETECT_UNKNOWN, "a CLIP vision encoder, which Limn cannot use" },
  { MARK_BEGIN, "visual.", LIMN_DETECT_UNKNOWN, "a CLIP model, which is only a part of what paints" },
  { MARK_BEGIN, "text_model.encoder.", LIMN_DETECT_UNKNOWN, "only a CLIP text encoder, which is a part of a model" },
  /* Enlargers: ESRGAN old and new, SwinIR, DAT. */
  { MARK_BEGIN, "model.1.sub.0.RDB1.", LIMN_DETECT_UNKNOWN, "an upscaler (ESRGAN), which Limn cannot use" },
  { MARK_BEGIN, "body.0.rdb1.", LIMN_DETECT_UNKNOWN, "an upscaler (ESRGAN), which Limn cannot use" },
  { MARK_BEGIN, "conv_first.", LIMN_DETECT_UNKNOWN, "an upscaler, which Limn cannot use" },
  { MARK_BEGIN, "params_ema.", LIMN_DETECT_UNKNOWN, "an upscaler, which Limn cannot use" },
};

static gboolean
fits_mark (const Mark *mark,
           const char *name)
{
  switch (mark->how)
    {
    case MARK_BEGIN:
      if (g_str_has_prefix (name, mark->text))
        return TRUE;
      for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
        if (g_str_has_prefix (name, prefixes[i]) && g_str_has_prefix (name + strlen (prefixes[i]), mark->text))
          return TRUE;
      return FALSE;
    case MARK_END:
      return g_str_has_suffix (name, mark->text);
    case MARK_WHOLE:
    default:
      return g_str_equal (name, mark->text);
    }
}

static const Mark *
find_mark (const LimnCheckpoint *file)
{
  guint n = limn_checkpoint_get_n (file);

  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      if (marks[i].how == MARK_WHOLE && !limn_checkpoint_lookup (file, marks[i].text))
        continue;
      for (guint j = 0; j < n; j++)
        if (fits_mark (&marks[i], limn_checkpoint_get_nth (file, j)->name))
          return &marks[i];
    }
  return NULL;
}

static const char *
find_dtype (const LimnCheckpoint *file)
{
  guint64 most = 0;
  const char *name = "?";

  /* A handful of types, thousands of tensors. */
  for (guint i = 0; i < limn_checkpoint_get_n (file); i++)
    {
      const LimnSafetensorsTensor *tensor = limn_checkpoint_get_nth (file, i);
      guint64 sum = 0;

      if (g_str_equal (limn_safetensors_dtype_get_name (tensor->dtype), name))
        continue;
      for (guint j = i; j < limn_checkpoint_get_n (file); j++)
        {
          const LimnSafetensorsTensor *other = limn_checkpoint_get_nth (file, j);

          if (other->dtype == tensor->dtype)
            sum += other->n_bytes;
        }
      if (sum > most)
        {
          most = sum;
          name = limn_safetensors_dtype_get_name (tensor->dtype);
        }
    }
  return name;
}

static const LimnFamily *
find_family (const LimnCheckpoint *file,
             LimnDetectedKind      kind)
{
  LimnShapesText texts[LIMN_FAMILY_MAX_TEXTS] = { 0 };
  LimnTextConfig configs[LIMN_FAMILY_MAX_TEXTS];
  g_autoptr(LimnNames) names = NULL;
  const LimnFamily *family = NULL;
  LimnUnetConfig unet;
  guint n = 0;

  if (kind == LIMN_DETECT_CONTROL)
    {
      if (!limn_shapes_read_control (file, &unet, &names, NULL))
        return NULL;
      family = limn_family_find (&unet, NULL, 0);
    }
  else if (kind == LIMN_DETECT_MODEL)
    {
      if (!(limn_shapes_has_unet (file, "model.diffusion_model.")
              ? limn_shapes_read_unet (file, "model.diffusion_model.", &unet, &names, NULL)
              : limn_shapes_read_ema (file, &unet, &names, NULL)))
        return NULL;
      n = limn_shapes_read_texts (file, G_N_ELEMENTS (texts), texts, NULL);
      for (guint i = 0; i < n; i++)
        {
          configs[i] = texts[i].config;
          limn_names_free (texts[i].names);
        }
      family = limn_family_find (&unet, configs, n);
      family = limn_family_find_by_note (family, limn_checkpoint_get_metadata (file, "modelspec.architecture"));
    }
  return family;
}

void
limn_detect_file (const LimnCheckpoint *file,
                  LimnDetected         *found)
{
  const Mark *mark = find_mark (file);

  *found = (LimnDetected) { .dtype = find_dtype (file) };
  if (!mark)
    return;
  found->kind = mark->kind;
  found->words = mark->words;
  found->family = find_family (file, mark->kind);
  if (found->family && found->family->refused)
    {
      found->words = found->family->refused;
      found->refused = TRUE;
    }
}

void
limn_detect_set_error (const LimnCheckpoint *file,
                       const LimnDetected   *found,
                       const char           *wanted,
                       GError              **error)
{
  static const char * const places[] = {
    [LIMN_DETECT_UNKNOWN] = "",
    [LIMN_DETECT_MODEL] = "",
    [LIMN_DETECT_VAE] = ". It can take the place of a model's own VAE",
    [LIMN_DETECT_LORA] = ". It is used together with a model",
    [LIMN_DETECT_CONTROL] = ". It is used together with a model",
    [LIMN_DETECT_EMBEDDING] = ". It is used in a prompt, by its name",
    [LIMN_DETECT_TAESD] = "",
  };

  if (!found->words)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s” is not %s: Limn does not know what these weights are for",
                 limn_checkpoint_get_name (file), wanted);
  else if (found->kind == LIMN_DETECT_UNKNOWN || found->refused)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s” is %s", limn_checkpoint_get_name (file), found->words);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED, "“%s” is %s and not %s%s", limn_checkpoint_get_name (file), found->words, wanted,
                 places[found->kind]);
}
