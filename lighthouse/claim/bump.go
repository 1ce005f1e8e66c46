package claim

import "context"

type Bumps struct{}

func (b *Bumps) defaults() {}

func (s *Service) bumps(context.Context) error { return nil }
