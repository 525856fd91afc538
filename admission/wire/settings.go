package wire

// Messages about the server as a whole.
type (
	// Settings is what owners may change while the server runs.
	Settings struct {
		Branding  Branding  `json:"branding"`
		LogIn     LogInWays `json:"logIn"`
		Limits    Limits    `json:"limits"`
		Retention Retention `json:"retention"`
		// Fixed names those, such as "limits.internet", that the command line, the environment or the configuration file
		// says: they can only be changed there.
		Fixed []string `json:"fixed"`
	}
	// Branding is what the pages are called and how they look.
	Branding struct {
		Name   string `json:"name"`
		Accent string `json:"accent"`
		// Logo and Background are where the pictures are looked at; "" = there is none. Background may be a colour. They
		// are changed by calls of their own, but for a colour.
		Logo       string `json:"logo"`
		Background string `json:"background"`
		Links      []Link `json:"links"`
	}
	// Link stands at the foot of the player page.
	Link struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	}
	// LogInWays are how players may log in.
	LogInWays struct {
		Local bool `json:"local"`
		Guest bool `json:"guest"`
	}
	// Limits are the tries a minute that an address has.
	Limits struct {
		Internet int `json:"internet"`
		Private  int `json:"private"`
	}
	// Retention is what is kept for how long; 0 = without a bound, and no backups.
	Retention struct {
		EventDays        float64 `json:"eventDays"`
		EventRows        int     `json:"eventRows"`
		BackupEveryHours float64 `json:"backupEveryHours"`
		BackupKeep       int     `json:"backupKeep"`
	}
	// SettingsChange changes the groups that are given.
	SettingsChange struct {
		Branding  *Branding  `json:"branding"`
		LogIn     *LogInWays `json:"logIn"`
		Limits    *Limits    `json:"limits"`
		Retention *Retention `json:"retention"`
	}
	// Backup is a backup on the server.
	Backup struct {
		Name  string `json:"name"`
		Taken Time   `json:"takenAt"`
		Bytes int64  `json:"bytes"`
	}
	// Backups lists them, the newest first.
	Backups struct {
		Backups []Backup `json:"backups"`
	}
)
