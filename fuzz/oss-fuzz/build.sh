#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause
exec "$SRC/s2twin/fuzz/build.sh"
