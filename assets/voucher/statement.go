package voucher

import "context"

func (s *Service) statements(context.Context) error { return nil }
