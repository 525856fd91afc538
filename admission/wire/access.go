package wire

import "gatekeeper/admission"

// Messages about who may operate the server.
type (
	// SetupState tells whether the first admin is still to be made.
	SetupState struct {
		Needed bool `json:"needed"`
	}
	// Setup makes the first admin.
	Setup struct {
		SetupToken string `json:"setupToken"`
		Name       string `json:"name"`
		Password   string `json:"password"`
	}
	// AdminLogin logs an operator in. Code is needed where the operator has a second factor.
	AdminLogin struct {
		Name     string `json:"name"`
		Password string `json:"password"`
		Code     string `json:"code"`
	}
	// AdminMe is who asks, and what this server offers.
	AdminMe struct {
		Name    string         `json:"name"`
		Role    admission.Role `json:"role"`
		HasTOTP bool           `json:"hasTotp"`
		// IsLab says that the test lab is there.
		IsLab   bool   `json:"isLab"`
		Version string `json:"version"`
	}
	// Admin is an operator.
	Admin struct {
		Name      string         `json:"name"`
		Role      admission.Role `json:"role"`
		HasTOTP   bool           `json:"hasTotp"`
		CreatedAt Time           `json:"createdAt"`
	}
	// Admins lists operators.
	Admins struct {
		Admins []Admin `json:"admins"`
	}
	// NewAdmin makes an operator.
	NewAdmin struct {
		Name     string         `json:"name"`
		Password string         `json:"password"`
		Role     admission.Role `json:"role"`
	}
	// AdminChange changes an operator; what is nil stays. HasTOTP can only be taken away.
	AdminChange struct {
		Role     *admission.Role `json:"role"`
		Password *string         `json:"password"`
		HasTOTP  *bool           `json:"hasTotp"`
	}
	// PasswordChange changes the asker's own password.
	PasswordChange struct {
		Current  string `json:"current"`
		Password string `json:"password"`
	}
	// TOTPOffer is a second factor that is not in force until its first code was shown.
	TOTPOffer struct {
		Secret string `json:"secret"`
		URI    string `json:"uri"`
		// QR is a PNG as a data: address.
		QR string `json:"qr"`
	}
	// TOTPConfirm puts it in force.
	TOTPConfirm struct {
		Secret string `json:"secret"`
		Code   string `json:"code"`
	}
	// NewKey makes an API key.
	NewKey struct {
		Name      string                 `json:"name"`
		Scopes    []admission.Scope      `json:"scopes"`
		Instances []admission.InstanceID `json:"instances"`
		ExpiresAt *Time                  `json:"expiresAt"`
	}
	// Key is an API key without its secret.
	Key struct {
		KeyID      string                 `json:"keyId"`
		Name       string                 `json:"name"`
		Scopes     []admission.Scope      `json:"scopes"`
		Instances  []admission.InstanceID `json:"instances"`
		CreatedBy  string                 `json:"createdBy"`
		CreatedAt  Time                   `json:"createdAt"`
		ExpiresAt  *Time                  `json:"expiresAt"`
		LastUsedAt *Time                  `json:"lastUsedAt"`
	}
	// MadeKey is a new key with its secret, which is told this once.
	MadeKey struct {
		Key
		Secret string `json:"key"`
	}
	// Keys lists API keys.
	Keys struct {
		Keys []Key `json:"keys"`
	}
)

// NewAdminView returns an operator as others see it.
func NewAdminView(row admission.AdminRow) Admin {
	return Admin{Name: row.Name, Role: row.Role, HasTOTP: row.TOTPSecret != "", CreatedAt: Time(row.CreatedAt)}
}

// NewKeyView returns a key without its secret.
func NewKeyView(row admission.KeyRow) Key {
	return Key{
		KeyID: row.ID, Name: row.Name, Scopes: row.Scopes, Instances: append([]admission.InstanceID{}, row.Instances...),
		CreatedBy: row.CreatedBy, CreatedAt: Time(row.CreatedAt), ExpiresAt: Optional(row.ExpiresAt), LastUsedAt: Optional(row.LastUsedAt),
	}
}
