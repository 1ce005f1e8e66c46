package web

import "cairn/app/web/api"

// Compose builds transactions of assets; app has one over assets/compose.
type Compose = api.Compose
