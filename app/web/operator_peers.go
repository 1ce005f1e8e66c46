package web

import (
	"context"
	"errors"
	"net/http"

	"cairn/chain"
	"cairn/channels/ln"
	"cairn/templates/operator"
)

func (s *Server) peerRoutes() {
	s.operatorGet("/operator/peers", s.peers)
	s.operatorPost("/operator/peers/connect", s.peerConnect, s.changes)
	s.operatorPost("/operator/peers/disconnect", s.peerDisconnect, s.changes)
}

// peers lists who the node is connected with.
func (s *Server) peers(c Ctx) error {
	return s.renderPeers(c, http.StatusOK, operator.PeersView{})
}

func (s *Server) renderPeers(c Ctx, status int, view operator.PeersView) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), nodePatience)
	defer cancel()
	view.Frame = s.frame(c, "peers.title", "/operator/peers")
	view.Meta.Path = "/operator/peers"
	var err error
	if view.Peers, err = s.deps.Lightning.Node.Peers(ctx); err == nil {
		view.Identity, err = s.deps.Lightning.Node.Identity(ctx)
	}
	if errors.Is(err, chain.ErrEngineDown) {
		view.Down, err = true, nil
	}
	if err != nil {
		return err
	}
	return render(c, status, operator.PeersPage(view))
}

// peerConnect connects with another node.
func (s *Server) peerConnect(c Ctx) error {
	view := operator.PeersView{Address: c.FormValue("address")}
	peer, err := ln.ParsePeer(view.Address)
	if err == nil {
		err = s.deps.Lightning.Node.Connect(c.Request().Context(), peer)
	}
	return s.toPeers(c, view, err)
}

// peerDisconnect parts with one.
func (s *Server) peerDisconnect(c Ctx) error {
	peer, err := ln.ParsePeer(c.FormValue("key"))
	if err == nil {
		err = s.deps.Lightning.Node.Disconnect(c.Request().Context(), peer.Key)
	}
	return s.toPeers(c, operator.PeersView{}, err)
}

func (s *Server) toPeers(c Ctx, view operator.PeersView, err error) error {
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/operator/peers")
	}
	r := ruleFor(err)
	if r.status == unknown.status {
		return err
	}
	view.Problem, view.Advice = s.complaint(c, err)
	return s.renderPeers(c, r.status, view)
}
