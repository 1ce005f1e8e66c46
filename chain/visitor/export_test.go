package visitor

import "context"

// LookNow and WorkNow are one round of Look and of Run.
func (s *Service) LookNow(ctx context.Context) error { return s.look(ctx) }

func (s *Service) WorkNow(ctx context.Context) error {
	for _, work := range []func(context.Context) error{s.searchAll, s.resend, s.forget, s.look} {
		if err := work(ctx); err != nil {
			return err
		}
	}
	return nil
}
