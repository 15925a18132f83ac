package config

// Origin is where a secret comes from.
type Origin struct {
	// Key is the setting that counts: the secret's own, or the one that says where the
	// secret is.
	Key    Key
	Source Source
	// File is the file that holds the secret and nothing else; empty if there is none.
	File string
}

// SecretOrigin returns where the secret of this name comes from that counts on this host;
// zero if it is not set.
func (s *Settings) SecretOrigin(name string) Origin {
	for _, twin := range []string{name + fileSuffix, name + commandSuffix, name} {
		e := s.effective[twin]
		if e.text == "" {
			continue
		}
		o := Origin{Key: e.key, Source: e.source}
		if twin == name+fileSuffix {
			o.File = e.path()
		}
		return o
	}
	return Origin{}
}
