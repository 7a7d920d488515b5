/// What both sites look like.
library;

import 'package:flutter/material.dart';

/// Theme of both sites.
ThemeData yabTheme() => ThemeData(colorSchemeSeed: const Color(0xFF2F6F4F));
