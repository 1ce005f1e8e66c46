package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"strconv"

	"cairn/app/paywall"
	"cairn/app/web/api"
	"cairn/channels/fees"
	"cairn/notary"
	"cairn/templates/home"
)

// bulkRoutes are those of paying for lists beyond what is free.
func (s *Server) bulkRoutes() {
	if s.wall() == nil || s.deps.Till == nil {
		return
	}
	s.post("stamps-price", "/stamps/price", s.stampsPrice, bodyLimit(4<<10), s.limit(0.5, 20))
}

// wall asks to be paid for lists; nil where stamping is free.
func (s *Server) wall() api.Wall {
	if s.deps.API == nil {
		return nil
	}
	return s.deps.API.Wall
}

// priceAnswer is a price for a program, or for the script of the page.
type priceAnswer struct {
	Quote    string `json:"quote"`
	Checkout string `json:"checkout"`
	Sat      int64  `json:"sat"`
	Digests  int64  `json:"digests"`
}

// stampsPrice makes a quote for so many digests in lists and leads to where it
// is paid. The quote's number opens POST /api/v1/stamps afterwards, as a bearer
// token, and POST /stamp in the field "quote".
func (s *Server) stampsPrice(c Ctx) error {
	if err := c.Request().ParseForm(); err != nil {
		return badForm(err)
	}
	digests, err := strconv.Atoi(c.Request().PostForm.Get("digests"))
	if err != nil {
		return ErrForm
	}
	price, err := s.priceOf(c, digests)
	if err != nil {
		return err
	}
	if !wantsJSON(c) {
		return c.Redirect(http.StatusSeeOther, price.Checkout)
	}
	return c.JSON(http.StatusCreated, priceAnswer{price.Quote, price.Checkout, int64(price.Amount), price.Digests})
}

// priceOf makes a quote for so many digests, for this visitor. Errors:
// fees.ErrRequest for a number that is not sold; those of the till.
func (s *Server) priceOf(c Ctx, digests int) (home.Price, error) {
	ask, err := s.wall().StampsAsk(digests)
	if err != nil {
		return home.Price{}, err
	}
	if ask.Client, err = s.newBuyer(c); err != nil {
		return home.Price{}, err
	}
	offer, err := s.wall().Offer(c.Request().Context(), ask)
	if err != nil {
		return home.Price{}, err
	}
	return priceView(offer.Quote, int64(digests)), nil
}

func priceView(q fees.Quote, digests int64) home.Price {
	return home.Price{Checkout: payPath(q.ID), Quote: q.ID.String(), Amount: q.Price.SatoshiCeil(), Digests: digests}
}

// keepList stores several digests under one tree: for nothing as far as that
// goes, else by what was paid for the form's quote. Errors: fees.ErrAllowance;
// those of the wall and of the notary.
func (s *Server) keepList(c Ctx, digests []notary.Digest) error {
	ctx, wall := c.Request().Context(), s.wall()
	if wall == nil {
		_, err := s.deps.Notary.StampMany(ctx, digests)
		return err
	}
	if quote := c.Request().PostForm.Get("quote"); quote != "" {
		return s.keepPaid(ctx, digests, quote)
	}
	client := clientOf(c.RealIP())
	if err := wall.TakeFree(ctx, client, len(digests)); err != nil {
		return err
	}
	_, err := s.deps.Notary.StampMany(ctx, digests)
	if notKept(err) {
		if back := wall.GiveFree(context.WithoutCancel(ctx), client, len(digests)); back != nil {
			s.cfg.Log.Warn("an allowance was not given back", "error", back)
		}
	}
	return err
}

// keepPaid stores digests by a paid quote. The same list for the same quote is
// the same thing, and paid for once.
func (s *Server) keepPaid(ctx context.Context, digests []notary.Digest, quote string) error {
	pass, err := s.wall().Admit(ctx, "Bearer "+quote, paywall.Stamps)
	if err != nil {
		return err
	}
	sum := sha256.New()
	sum.Write([]byte("cairn pasted list\n" + pass.Quote.ID.String() + "\n"))
	for _, d := range digests {
		sum.Write(d[:])
	}
	name := [sha256.Size]byte(sum.Sum(nil))
	_, err = s.wall().Pay(ctx, pass, name, int64(len(digests)), func(ctx context.Context) error {
		_, err := s.deps.API.Notary.StampBatch(ctx, notary.BatchID(name[:]), digests)
		return err
	}, notKept)
	return err
}

// notKept reports an error after which digests are certainly not stored, nor
// will be.
func notKept(err error) bool {
	return errors.Is(err, notary.ErrBusy) || errors.Is(err, notary.ErrStorage) || errors.Is(err, notary.ErrBatchSize)
}

// askForList shows what a pasted list costs when that is what err is about; the
// list stays in the form. Any other error is returned as it is.
func (s *Server) askForList(c Ctx, text string, digests int, err error) error {
	price, known := s.earlyPrice(c, err, digests)
	if !known && !payingHelps(err) {
		return err
	}
	if !known {
		made, offerErr := s.priceOf(c, digests)
		if offerErr != nil {
			return offerErr
		}
		price = made
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusPaymentRequired, map[string]any{
			"error": t(c, ruleFor(api.ErrPaymentRequired).sentence), "request": requestID(c),
			"payment": priceAnswer{price.Quote, price.Checkout, int64(price.Amount), price.Digests},
		})
	}
	return s.renderHome(c, http.StatusPaymentRequired, home.View{Pasted: text, Price: &price})
}

// earlyPrice is the quote that the form came back with before its payment was
// there.
func (s *Server) earlyPrice(c Ctx, err error, digests int) (home.Price, bool) {
	var unpaid *paywall.Unpaid
	arriving := errors.Is(err, fees.ErrArriving)
	switch {
	case arriving:
	case !errors.As(err, &unpaid), !unpaid.Quote.State.Payable():
		return home.Price{}, false
	}
	id, err := fees.ParseID(c.Request().PostForm.Get("quote"))
	if err != nil {
		return home.Price{}, false
	}
	q, err := s.deps.Till.Get(c.Request().Context(), id)
	price := priceView(q, int64(digests))
	price.Unpaid, price.Arriving = !arriving, arriving
	return price, err == nil
}

// payingHelps reports an error that another payment cures.
func payingHelps(err error) bool {
	var wall paywall.ErrorKind
	return errors.Is(err, fees.ErrAllowance) || errors.Is(err, fees.ErrSpent) || errors.Is(err, fees.ErrPurseOver) ||
		errors.Is(err, fees.ErrUnpaid) || errors.Is(err, fees.ErrReturned) || errors.As(err, &wall)
}
