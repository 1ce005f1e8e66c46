package certificate

// Embedded is a font of certificates as a TrueType file, for other pictures of
// ours: "sans" and "bold" for Latin letters, "han" for Chinese. It must not be
// changed. fonts/README.md has the licences. It fails for an unknown name.
func Embedded(name string) ([]byte, error) {
	open, ok := fonts[face(name)]
	if !ok {
		open = unpack(face(name)) // says that there is no such file
	}
	f, err := open()
	return f.content, err
}
