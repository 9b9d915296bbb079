namespace Proa.Api.Kinds;

/// <summary>
/// Marks the strategy of a version that is not stored but has checks of its own: it is given objects in the stored form, in
/// place of the stored version's strategy.
/// </summary>
public interface IChecksStoredForm;
