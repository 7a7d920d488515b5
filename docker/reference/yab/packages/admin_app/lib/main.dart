import 'package:flutter/material.dart';
import 'package:ui_kit/ui_kit.dart';

const apiBaseUrl = String.fromEnvironment('API_BASE_URL');

void main() => runApp(const Site());

/// The admin site.
class Site extends StatelessWidget {
  const Site({super.key});

  @override
  Widget build(BuildContext context) {
    return MaterialApp(
      title: 'yab administration',
      theme: yabTheme(),
      home: const Scaffold(body: Center(child: Text('yab administration: $apiBaseUrl'))),
    );
  }
}
