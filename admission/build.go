package admission

const maxBuild = 64

// accepts reports whether a client of this build may come in as a newcomer.
func (s Settings) accepts(build string) bool {
	return s.RequiredBuild == "" || s.RequiredBuild == build
}
