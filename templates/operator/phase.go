package operator

import (
	"context"

	"cairn/chain"
	"cairn/templates/i18n"
)

func phase(ctx context.Context, p chain.EnginePhase) string {
	switch p {
	case chain.EngineReady:
		return i18n.T(ctx, "phase.ready")
	case chain.EngineSyncing:
		return i18n.T(ctx, "phase.syncing")
	case chain.EngineDown:
		return i18n.T(ctx, "phase.down")
	case chain.EngineRefused:
		return i18n.T(ctx, "phase.refused")
	}
	return i18n.T(ctx, "phase.starting")
}
