package org.stabledino.detection.evaluation;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The figures of one category; each lies in [0, 1], or is -1 where no annotation counts.
 *
 * @param categoryId the category id
 * @param name the category's name
 * @param ap average precision over the IoU thresholds 0.50 to 0.95
 * @param ap50 average precision at IoU 0.50
 * @param ap75 average precision at IoU 0.75
 * @param apSmall average precision for areas up to 32 x 32
 * @param apMedium average precision for areas from 32 x 32 to 96 x 96
 * @param apLarge average precision for areas from 96 x 96
 * @param ar1 average recall with one detection per image
 * @param ar10 average recall with ten detections per image
 * @param ar100 average recall with a hundred detections per image
 */
public record ClassMetrics(
    long categoryId,
    String name,
    double ap,
    double ap50,
    double ap75,
    double apSmall,
    double apMedium,
    double apLarge,
    double ar1,
    double ar10,
    double ar100) {

  /**
   * The figures under their usual short names: AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100.
   *
   * @return name to figure, in that order
   */
  public SequencedMap<String, Double> figures() {
    SequencedMap<String, Double> figures = new LinkedHashMap<>();
    figures.put("AP", ap);
    figures.put("AP50", ap50);
    figures.put("AP75", ap75);
    figures.put("APs", apSmall);
    figures.put("APm", apMedium);
    figures.put("APl", apLarge);
    figures.put("AR1", ar1);
    figures.put("AR10", ar10);
    figures.put("AR100", ar100);
    return figures;
  }
}
