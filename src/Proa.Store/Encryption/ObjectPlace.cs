namespace Proa.Store.Encryption;

/// <summary>
/// The text that is authenticated with an object's value, so that one value cannot be put in another's stead. In etcd it is the
/// object's whole key (<c>/registry/secrets/NAMESPACE/NAME</c>), as the original has it.
/// </summary>
internal delegate string ObjectPlace(in ObjectKey key);
