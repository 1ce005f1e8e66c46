package web

import (
	"net/http"
	"strconv"
	"strings"

	"cairn/lighthouse/covers"
	"cairn/templates/campaign"
)

// cover is a picture by its name.
func (s *Server) cover(name string) campaign.Cover {
	if s.deps.Campaigns == nil || s.deps.Campaigns.Covers == nil {
		return campaign.Cover{}
	}
	var out campaign.Cover
	widths, height := s.deps.Campaigns.Covers.Widths(name)
	for _, width := range widths {
		out.Sizes = append(out.Sizes, campaign.CoverSize{Path: "/covers/" + name + "-" + strconv.Itoa(width) + ".jpg", Width: width})
		out.Width, out.Height = width, height
	}
	return out
}

// coverFile is a picture in one width. It is named by its content and never
// changes.
func (s *Server) coverFile(c Ctx) error {
	file, isJPEG := strings.CutSuffix(c.Param("file"), ".jpg")
	cut := strings.LastIndexByte(file, '-')
	if !isJPEG || cut < 0 {
		return covers.ErrUnknown
	}
	width, err := strconv.Atoi(file[cut+1:])
	if err != nil {
		return covers.ErrUnknown
	}
	picture, err := s.deps.Campaigns.Covers.Open(c.Request().Context(), file[:cut], width)
	if err != nil {
		return err
	}
	defer picture.Close()
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // for those who share it
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return c.Stream(http.StatusOK, "image/jpeg", picture)
}
