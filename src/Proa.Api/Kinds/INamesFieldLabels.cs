namespace Proa.Api.Kinds;

/// <summary>Marks the strategy of a version whose field selectors call selectable fields of the stored form by other names.</summary>
public interface INamesFieldLabels
{
    /// <summary>One of the stored version's <see cref="IKindStrategy.SelectableFields"/>; null: no field is selected by this label.</summary>
    string? FieldOfLabel(string label);
}
