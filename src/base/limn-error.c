/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/limn-error.h"

G_DEFINE_QUARK (limn-error-quark, limn_error)
